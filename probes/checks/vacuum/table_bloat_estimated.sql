-- bad: nine of ten rows went
-- at: wasted_bytes = 100000
create table story."T" (id bigint primary key, body text) with (autovacuum_enabled = off);
insert into story."T" select i, repeat('x', 100) from generate_series(1, 20000) as i;
delete from story."T" where id % 10 <> 0;
-- then
vacuum (analyze) story."T";
-- expect: table story.T

-- near miss: full of rows of all sorts, or loosely filled on purpose
-- at: wasted_bytes = 100000
create table story.t (id bigint primary key, a int, b text, c timestamptz, d numeric) with (autovacuum_enabled = off);
insert into story.t
select i, case when i % 2 = 0 then i end, repeat('x', i % 50), now(), i * 1.5 from generate_series(1, 30000) as i;
create table story.u (id bigint primary key, a text) with (autovacuum_enabled = off, fillfactor = 30);
insert into story.u select i, repeat('x', 100) from generate_series(1, 20000) as i;
-- then
vacuum (analyze) story.t;
-- then
vacuum (analyze) story.u;
