-- bad, counters >= 60: changed and never analysed
create table story.t (id bigint primary key, a int) with (autovacuum_enabled = off);
insert into story.t select i, i from generate_series(1, 20000) as i;
-- expect: table story.t

-- near miss, counters >= 60: analysed, or hardly changed
create table story.t (id bigint primary key, a int) with (autovacuum_enabled = off);
insert into story.t select i, i from generate_series(1, 20000) as i;
create table story.u (id bigint primary key) with (autovacuum_enabled = off);
insert into story.u select i from generate_series(1, 1000) as i;
-- then
analyze story.t;
