-- bad, counters >= 2: every read reads all of it
-- at: scans = 3
-- at: rows_per_scan = 500
create table story.notes (id int, title text);
insert into story.notes select g, 'note' from generate_series(1, 1000) as g;
-- then
select count(*) from story.notes where id = 1;
-- then
select count(*) from story.notes where id = 2;
-- then
select count(*) from story.notes where id = 3;
-- expect: table story.notes
-- repaired
alter table story.notes rename to old_notes;
create table story.notes (id int primary key, title text);
drop table story.old_notes;

-- near miss, counters >= 2: small, or read by its index
-- at: scans = 3
-- at: rows_per_scan = 500
create table story.tags (id int);
insert into story.tags select g from generate_series(1, 10) as g;
select count(*) from story.tags;
select count(*) from story.tags;
select count(*) from story.tags;
