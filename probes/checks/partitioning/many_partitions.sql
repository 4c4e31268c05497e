-- bad: more than allowed, over two levels
-- at: max_leaves = 3
create table story.t (a int, b int) partition by list (a);
create table story.t_1 partition of story.t for values in (1) partition by list (b);
create table story.t_2 partition of story.t for values in (2);
create table story.t_11 partition of story.t_1 for values in (1);
create table story.t_12 partition of story.t_1 for values in (2);
create table story.t_13 partition of story.t_1 for values in (3);
-- expect: partitioned table story.t
-- repaired
drop table story.t_13;

-- near miss: as many as allowed
-- at: max_leaves = 3
create table story.t (a int) partition by list (a);
create table story.t_1 partition of story.t for values in (1);
create table story.t_2 partition of story.t for values in (2);
create table story.t_3 partition of story.t for values in (3);
