-- bad: a mail address
create table story.t (email text constraint t_pk primary key);
-- expect: constraint story.t.t_pk
-- repaired
alter table story.t drop constraint t_pk, add unique (email), add id bigint generated always as identity primary key;

-- near miss: integers, a uuid, a domain over one, and a partition key
create domain story.key as uuid;
create table story.a (id story.key primary key);
create table story.b (a int, b uuid, primary key (a, b));
create table story.c (id bigint, day date, primary key (id, day)) partition by range (day);
