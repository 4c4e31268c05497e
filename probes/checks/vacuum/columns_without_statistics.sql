-- bad, counters >= 1: filled, and nobody has looked
create table story."T" (id bigint, a int) with (autovacuum_enabled = off);
insert into story."T" select i, i from generate_series(1, 1000) as i;
-- expect: table story.T

-- bad: a column that came later
create table story.t (id bigint) with (autovacuum_enabled = off);
insert into story.t select i from generate_series(1, 1000) as i;
analyze story.t;
alter table story.t add column a int default 5;
-- expect: table story.t

-- near miss: analysed, empty, or not wanted
create table story.t (id bigint, body text) with (autovacuum_enabled = off);
alter table story.t alter body set statistics 0;
insert into story.t select i, 'x' from generate_series(1, 1000) as i;
analyze story.t;
create table story.u (id bigint);
