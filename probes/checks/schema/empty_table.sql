-- bad, counters >= 1: nothing was ever in it
create table story.t (id bigint primary key, a int);
-- expect: table story.t
-- repaired
drop table story.t;

-- near miss, counters >= 1: filled, emptied, or filled in one partition
create table story.a (id bigint primary key, a int);
insert into story.a values (1, 1);
create table story.b (id bigint primary key, a int);
insert into story.b values (1, 1);
delete from story.b;
create table story.c (id bigint, a int) partition by list (a);
create table story.c_1 partition of story.c for values in (1);
create table story.c_2 partition of story.c for values in (2);
insert into story.c values (1, 1);
