-- bad: a table with its index
create table story.notes (id bigint primary key);
insert into story.notes select generate_series(1, 60000);
analyze story.notes;
-- expect: database {database}
-- repaired
truncate story.notes;
analyze story.notes;

-- bad: larger than the limit
-- at: max_database_bytes = 2000000
create table story.notes (id bigint primary key);
insert into story.notes select generate_series(1, 60000);
analyze story.notes;
-- expect: database {database}
-- repaired
truncate story.notes;
analyze story.notes;

-- near miss: a database of a few pages
create table story.notes (id bigint primary key, word text unique);
insert into story.notes select g, g::text from generate_series(1, 100) as g;
analyze story.notes;
