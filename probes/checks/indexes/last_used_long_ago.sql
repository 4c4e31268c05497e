-- bad, server >= 16, counters >= 30: long enough for a story
-- at: idle_days = 0
create table story.t (id bigint primary key, a int);
create index t_a_idx on story.t (a);
insert into story.t select i, i from generate_series(1, 90) as i;
-- then
set enable_seqscan = off;
select * from story.t where a = 5;
-- expect: index story.t.t_a_idx

-- near miss, server >= 16, counters >= 30: a moment ago, or never
create table story.t (id bigint primary key, a int, b int);
create index t_a_idx on story.t (a);
create index t_b_idx on story.t (b);
insert into story.t select i, i from generate_series(1, 90) as i;
-- then
set enable_seqscan = off;
select * from story.t where a = 5;
