-- bad: the application owns the table
create role story_owner_rls_app login;
create table story.notes (id bigint primary key, writer text);
alter table story.notes enable row level security;
create policy own on story.notes using (writer = current_user);
grant all on schema story to story_owner_rls_app;
alter table story.notes owner to story_owner_rls_app;
-- expect: table story.notes
-- cleanup
drop owned by story_owner_rls_app;
drop role story_owner_rls_app;

-- bad: the application is a member of the owner
create role story_owner_rls_group nologin;
create role story_owner_rls_app login in role story_owner_rls_group;
create table story.notes (id bigint, writer text) partition by range (id);
create table story.notes_1 partition of story.notes for values from (0) to (10);
alter table story.notes enable row level security;
alter table story.notes_1 enable row level security;
grant all on schema story to story_owner_rls_group;
alter table story.notes owner to story_owner_rls_group;
-- expect: partitioned table story.notes
-- cleanup
drop owned by story_owner_rls_group;
drop role story_owner_rls_app, story_owner_rls_group;

-- near miss: FORCE binds the owner
create role story_owner_rls_app login;
create table story.notes (id bigint primary key);
alter table story.notes enable row level security, force row level security;
grant all on schema story to story_owner_rls_app;
alter table story.notes owner to story_owner_rls_app;
-- cleanup
drop owned by story_owner_rls_app;
drop role story_owner_rls_app;

-- near miss: nobody can log in as the owner, or become it
create role story_owner_rls_group nologin;
create role story_owner_rls_app login;
create table story.notes (id bigint primary key);
alter table story.notes enable row level security;
grant all on schema story to story_owner_rls_group, story_owner_rls_app;
grant select on story.notes to story_owner_rls_app;
alter table story.notes owner to story_owner_rls_group;
-- cleanup
drop owned by story_owner_rls_group, story_owner_rls_app;
drop role story_owner_rls_group, story_owner_rls_app;

-- near miss: there are no policies to evade
create role story_owner_rls_app login;
create table story.notes (id bigint primary key);
grant all on schema story to story_owner_rls_app;
alter table story.notes owner to story_owner_rls_app;
-- cleanup
drop owned by story_owner_rls_app;
drop role story_owner_rls_app;
