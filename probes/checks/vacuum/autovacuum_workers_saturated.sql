-- near miss: a table is overdue, but workers are free
create table story.t (id bigint primary key) with (autovacuum_enabled = off);
insert into story.t select i from generate_series(1, 5000) as i;
delete from story.t;
