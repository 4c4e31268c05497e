-- bad: one, and none
create table story.codes (code text primary key);
create table story.nothing ();
-- expect: table story.codes
-- expect: table story.nothing
-- repaired
alter table story.codes add column label text;
drop table story.nothing;

-- near miss: two, and a view with one
create table story.t (id bigint primary key, a int);
create view story.v as select id from story.t;
