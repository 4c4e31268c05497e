-- bad: two tables that want each other first
create table story.team (id bigint primary key, "Owner" bigint not null);
create table story.person (id bigint primary key, team_id bigint not null references story.team);
alter table story.team add constraint team_owner_fk foreign key ("Owner") references story.person;
-- expect: table story.person

-- bad: two circles through one table
create table story.a (id bigint primary key, b_id bigint, c_id bigint);
create table story.b (id bigint primary key, a_id bigint references story.a);
create table story.c (id bigint primary key, a_id bigint references story.a);
alter table story.a add foreign key (b_id) references story.b, add foreign key (c_id) references story.c;
-- expect: table story.a

-- near miss: one of them is deferrable, a tree, a diamond
create table story.a (id bigint primary key, b_id bigint, parent_id bigint references story.a);
create table story.b (id bigint primary key, a_id bigint references story.a);
alter table story.a add foreign key (b_id) references story.b deferrable initially deferred;
create table story.c (id bigint primary key, a_id bigint references story.a, b_id bigint references story.b);
