-- bad: a check and a foreign key
create table story.parent (id bigint primary key);
create table story."Child" (id bigint primary key, parent_id bigint, price int);
insert into story."Child" values (1, null, 5);
alter table story."Child" add constraint child_parent_fk foreign key (parent_id) references story.parent not valid;
alter table story."Child" add constraint "price > 0" check (price > 0) not valid;
-- expect: constraint story.Child.child_parent_fk
-- expect: constraint story.Child.price > 0

-- bad: of a domain
create domain story.phone as text;
create table story.t (id bigint primary key, phone story.phone);
alter domain story.phone add constraint phone_shape check (value ~ '^[0-9]+$') not valid;
-- expect: constraint story.phone.phone_shape

-- bad: of a partitioned table, once
create table story.t (id bigint, a int) partition by range (id);
create table story.t_1 partition of story.t for values from (0) to (10);
alter table story.t add constraint t_a_check check (a > 0) not valid;
-- expect: constraint story.t.t_a_check

-- near miss: validated since, or from the start
create table story.t (id bigint primary key, a int check (a > 0));
alter table story.t add constraint t_a_small check (a < 100) not valid;
alter table story.t validate constraint t_a_small;

-- near miss, server >= 18: what is not enforced cannot be validated
create table story.parent (id bigint primary key);
create table story.t (id bigint primary key, a int, parent_id bigint references story.parent not enforced);
alter table story.t add constraint t_a_check check (a > 0) not enforced;

-- near miss, server >= 18: a not-null constraint is the matter of another check
create table story.t (id bigint primary key, a int);
alter table story.t add constraint t_a_present not null a not valid;
