-- bad, counters >= 31: written only
create table story.audit (id int, entry text);
insert into story.audit values (1, 'x');
-- expect: table story.audit
-- repaired
select count(*) from story.audit;

-- near miss, counters >= 31: read once, or not written
create table story.notes (id int primary key);
insert into story.notes values (1);
-- then
select count(*) from story.notes;
-- then
create table story.empty (id int);
