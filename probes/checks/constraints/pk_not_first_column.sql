-- bad: the key comes second
create table story.t (name text, id bigint constraint t_pk primary key);
-- expect: constraint story.t.t_pk
-- repaired
alter table story.t drop column name;

-- near miss: the first column is in it, if not as first; a dropped column stood before it
create table story.t (b int, a int, primary key (a, b));
create table story.u (gone text, id bigint primary key);
alter table story.u drop column gone;
