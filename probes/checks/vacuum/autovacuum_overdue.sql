-- bad, counters >= 1: four times the threshold of the table
create table story."T" (id bigint primary key, a int)
with (autovacuum_enabled = off, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);
insert into story."T" select i, i from generate_series(1, 5000) as i;
delete from story."T" where id <= 2000;
-- expect: table story.T

-- near miss, counters >= 1: below the server's threshold, or the table's
create table story.t (id bigint primary key, a int) with (autovacuum_enabled = off);
insert into story.t select i, i from generate_series(1, 1000) as i;
delete from story.t where id <= 60;
create table story.u (id bigint primary key) with (autovacuum_enabled = off, autovacuum_vacuum_threshold = 5000);
insert into story.u select i from generate_series(1, 5000) as i;
delete from story.u;
