-- bad: five
create table story.t (a int, b int, c int, d int, e int, constraint t_pk primary key (a, b, c, d, e));
-- expect: constraint story.t.t_pk
-- repaired
alter table story.t drop constraint t_pk, add unique (a, b, c, d, e), add id bigint generated always as identity primary key;

-- near miss: four
create table story.t (a int, b int, c int, d int, primary key (a, b, c, d));
