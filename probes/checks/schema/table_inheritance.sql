-- bad: a child
create table story.parent (id bigint primary key, a int);
create table story.child (b int) inherits (story.parent);
-- expect: table story.child
-- repaired
alter table story.child no inherit story.parent;

-- near miss: partitions
create table story.t (id bigint) partition by range (id);
create table story.t_1 partition of story.t for values from (0) to (10);
