-- bad, counters >= 1: twenty thousand rows, none of them all-visible
create table story.t (id bigint primary key, a int) with (autovacuum_enabled = off);
insert into story.t select i, i from generate_series(1, 20000) as i;
-- then
analyze story.t;
-- expect: table story.t

-- near miss, counters >= 1: vacuumed, updated, or small
create table story.t (id bigint primary key, a int) with (autovacuum_enabled = off);
insert into story.t select i, i from generate_series(1, 20000) as i;
create table story.u (id bigint primary key, a int) with (autovacuum_enabled = off);
insert into story.u select i, i from generate_series(1, 20000) as i;
update story.u set a = 5 where id = 1;
create table story.v (id bigint primary key) with (autovacuum_enabled = off);
insert into story.v select i from generate_series(1, 100) as i;
-- then
vacuum story.t;
-- then
analyze story.u, story.v;
