-- bad, counters >= 30: large for a story, one scan in fifty
-- at: large_index_bytes = 16384
create table story.t (id bigint primary key, a int);
create index t_a_idx on story.t (a);
insert into story.t select i, i from generate_series(1, 90) as i;
-- then
analyze story.t;
set enable_seqscan = off;
select * from story.t where a = 5;
do $$ begin for i in 1..50 loop perform 1 from story.t where id = i; end loop; end $$;
-- expect: index story.t.t_a_idx

-- near miss, counters >= 30: used by half of the queries, or small
create table story.t (id bigint primary key, a int, b int);
create index t_a_idx on story.t (a);
insert into story.t select i, i, i from generate_series(1, 90) as i;
-- then
analyze story.t;
set enable_seqscan = off;
do $$ begin for i in 1..50 loop perform 1 from story.t where id = i; perform 1 from story.t where a = i; end loop; end $$;
