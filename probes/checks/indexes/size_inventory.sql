-- bad: an index of more than a megabyte
create table story.notes (id bigint primary key);
insert into story.notes select generate_series(1, 60000);
analyze story.notes;
-- expect: database {database}
-- repaired
truncate story.notes;
analyze story.notes;

-- near miss: small indexes
create table story.notes (id bigint primary key, word text unique);
insert into story.notes select g, g::text from generate_series(1, 100) as g;
analyze story.notes;
