-- bad: nine of ten entries went
-- at: wasted_bytes = 100000
create table story."T" (id bigint constraint t_pk primary key) with (autovacuum_enabled = off);
insert into story."T" select i from generate_series(1, 30000) as i;
delete from story."T" where id % 10 <> 0;
-- then
vacuum (analyze) story."T";
-- expect: index story.T.t_pk

-- near miss: unique keys, and few values that are stored once each
-- at: wasted_bytes = 100000
create table story.t (id bigint primary key, a int, b text) with (autovacuum_enabled = off);
create index on story.t (a);
create index on story.t (b, a);
insert into story.t select i, i % 10, repeat('x', i % 30) from generate_series(1, 30000) as i;
-- then
vacuum (analyze) story.t;
