-- bad, counters >= 31: written, never deleted from
create role story_dml_app login;
create table story.notes (id bigint primary key);
grant usage on schema story to story_dml_app;
grant select, insert, delete on story.notes to story_dml_app;
insert into story.notes values (1);
-- expect: role story_dml_app
-- cleanup
drop owned by story_dml_app;
drop role story_dml_app;

-- near miss, counters >= 31: deleted from, never written, or not granted
create role story_dml_app login;
create table story.notes (id bigint primary key);
create table story.unused (id bigint primary key);
create table story.events (id bigint primary key);
grant usage on schema story to story_dml_app;
grant delete on story.notes, story.unused to story_dml_app;
grant insert on story.events to story_dml_app;
insert into story.events values (1);
insert into story.notes values (1);
delete from story.notes;
-- cleanup
drop owned by story_dml_app;
drop role story_dml_app;
