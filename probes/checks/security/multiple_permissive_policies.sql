-- bad: one for everybody and one for a role, FOR ALL and FOR SELECT
create role story_permissive_app login;
create table story.notes (id bigint primary key, writer text, is_shared boolean);
alter table story.notes enable row level security;
create policy own on story.notes to story_permissive_app using (writer = current_user);
create policy shared on story.notes for select using (is_shared);
grant usage on schema story to story_permissive_app;
grant select on story.notes to story_permissive_app;
-- expect: table story.notes
-- repaired
drop policy shared on story.notes;
alter policy own on story.notes using (writer = current_user or is_shared);
-- cleanup
drop owned by story_permissive_app;
drop role story_permissive_app;

-- bad: a partitioned table
create table story.visits (id bigint, visitor text) partition by range (id);
alter table story.visits enable row level security;
create policy own on story.visits using (visitor = current_user);
create policy low on story.visits using (id < 5);
grant usage on schema story to public;
grant delete on story.visits to public;
-- expect: partitioned table story.visits
-- repaired
drop policy low on story.visits;

-- near miss: one permissive, one restrictive; and different commands
create table story.notes (id bigint primary key, writer text);
alter table story.notes enable row level security;
create policy own on story.notes using (writer = current_user);
create policy low on story.notes as restrictive using (id < 5);
create table story.drafts (id bigint primary key, writer text);
alter table story.drafts enable row level security;
create policy own on story.drafts for select using (writer = current_user);
create policy new on story.drafts for insert with check (writer = current_user);
grant usage on schema story to public;
grant select, insert on story.notes, story.drafts to public;
