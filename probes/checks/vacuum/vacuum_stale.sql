-- bad, counters >= 60: changed and never vacuumed
create table story.t (id bigint primary key, a int) with (autovacuum_enabled = off);
insert into story.t select i, i from generate_series(1, 20000) as i;
-- expect: table story.t

-- near miss, counters >= 60: vacuumed, or unchanged
create table story.t (id bigint primary key, a int) with (autovacuum_enabled = off);
insert into story.t select i, i from generate_series(1, 20000) as i;
create table story.u (id bigint primary key);
-- then
vacuum story.t;
