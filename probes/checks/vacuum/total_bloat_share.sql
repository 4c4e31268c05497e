-- bad: nearly all of it
-- at: min_total_bytes = 100000
create table story.t (id bigint primary key, body text) with (autovacuum_enabled = off);
insert into story.t select i, repeat('x', 100) from generate_series(1, 20000) as i;
delete from story.t where id % 10 <> 0;
-- then
vacuum (analyze) story.t;
-- expect: database current
-- repaired
vacuum (full, analyze) story.t;

-- near miss: full tables
-- at: min_total_bytes = 100000
create table story.t (id bigint primary key, body text) with (autovacuum_enabled = off);
insert into story.t select i, repeat('x', 100) from generate_series(1, 20000) as i;
-- then
vacuum (analyze) story.t;
