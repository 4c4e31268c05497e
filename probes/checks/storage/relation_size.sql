-- bad: large for a story
-- at: large_table_bytes = 65536
create table story.t (id bigint, body text) with (autovacuum_enabled = off);
insert into story.t select i, repeat('x', 100) from generate_series(1, 2000) as i;
analyze story.t;
-- expect: table story.t
-- repaired
delete from story.t;
-- then
vacuum (full, analyze) story.t;

-- near miss: small
-- at: large_table_bytes = 65536
create table story.t (id bigint primary key);
