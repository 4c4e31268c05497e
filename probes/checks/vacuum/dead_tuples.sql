-- bad, counters >= 1: a third of it is dead
create table story."T" (id bigint primary key, a int) with (autovacuum_enabled = off);
insert into story."T" select i, i from generate_series(1, 20000) as i;
delete from story."T" where id % 3 = 0;
-- expect: table story.T

-- near miss, counters >= 1: small, or alive
create table story.t (id bigint primary key, a int) with (autovacuum_enabled = off);
insert into story.t select i, i from generate_series(1, 20000) as i;
delete from story.t where id % 10 = 0;
create table story.u (id bigint primary key);
insert into story.u select i from generate_series(1, 100) as i;
delete from story.u;
