-- bad: grant all, and one column
create role story_truncate_app login;
create table story.notes (id bigint primary key, title text);
create table story.tags (id bigint primary key);
create table story.visits (id bigint) partition by range (id);
create table story.visits_1 partition of story.visits for values from (0) to (10);
grant usage on schema story to story_truncate_app;
grant all on story.notes, story.visits, story.visits_1 to story_truncate_app;
grant references (id) on story.tags to story_truncate_app;
-- expect: table story.notes
-- expect: table story.tags
-- expect: partitioned table story.visits
-- cleanup
drop owned by story_truncate_app;
drop role story_truncate_app;

-- near miss: reading and writing only, or its own table
create role story_truncate_app login;
create table story.notes (id bigint primary key);
create table story.own (id bigint primary key);
grant usage, create on schema story to story_truncate_app;
grant select, insert, update, delete on story.notes to story_truncate_app;
alter table story.own owner to story_truncate_app;
-- cleanup
drop owned by story_truncate_app;
drop role story_truncate_app;
