-- bad: a row may say nothing
create table story.t (id bigint primary key, a int, b text);
-- expect: table story.t
-- repaired
alter table story.t alter a set not null;

-- near miss: one is there, and a table of two keys
create table story.t (id bigint primary key, a int not null, b text);
create table story.u (a int, b int, primary key (a, b));
create table story.v (id bigint primary key, a int);
