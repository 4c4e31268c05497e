-- bad: a mapper's names
create table story."UserAccount" (id bigint primary key);
insert into story."UserAccount" (id) values (1);
create view story."Active Users" as select 1 as id;
create function story."DoIt"(int) returns int language sql as 'select 1';
-- expect: table story.UserAccount
-- expect: view story.Active Users
-- expect: function story.DoIt

-- bad: columns
create table story.t (id bigint primary key, "createdAt" timestamptz, "e-mail" text, "2nd" int);
insert into story.t (id) values (1);
-- expect: column story.t.createdAt
-- expect: column story.t.e-mail
-- expect: column story.t.2nd

-- bad: a schema and a sequence
create schema "Other";
create sequence story."Numbers of us";
-- expect: schema Other
-- expect: sequence story.Numbers of us

-- bad: the plain name is taken
create table story.t (id bigint primary key, a int, "A" int);
-- expect: column story.t.A
-- repaired
alter table story.t rename column "A" to other_a;

-- near miss: plain, a reserved word, another script
create table story.t (id bigint primary key, created_at timestamptz, a$b int, _x int, größe int, "order" int);
