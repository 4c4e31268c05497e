-- bad, counters >= 30: no index on what is asked for
-- at: min_rows = 1000
-- at: min_table_bytes = 8192
-- at: min_sequential_scans = 20
create table story.t (id bigint primary key, a int) with (autovacuum_enabled = off);
insert into story.t select i, i from generate_series(1, 2000) as i;
-- then
vacuum (analyze) story.t;
-- then
do $$ begin for i in 1..50 loop perform 1 from story.t where a = i; end loop; end $$;
-- expect: table story.t
-- repaired
truncate story.t;
select pg_stat_reset_single_table_counters('story.t'::regclass);

-- near miss, counters >= 30: by index, or stopping early
-- at: min_rows = 1000
-- at: min_table_bytes = 8192
-- at: min_sequential_scans = 20
create table story.t (id bigint primary key, a int) with (autovacuum_enabled = off);
create index on story.t (a);
insert into story.t select i, i from generate_series(1, 2000) as i;
create table story.u (id bigint primary key, a int) with (autovacuum_enabled = off);
insert into story.u select i, i from generate_series(1, 2000) as i;
-- then
vacuum (analyze) story.t;
-- then
vacuum (analyze) story.u;
-- then
set enable_seqscan = off;
do $$ begin for i in 1..50 loop perform 1 from story.t where a = i; end loop; end $$;
-- then
do $$ begin for i in 1..50 loop perform 1 from story.u limit 1; end loop; end $$;
