-- bad: everybody may read it
create table story.accounts (id bigint primary key, owner_name text);
grant usage on schema story to public;
grant select on story.accounts to public;
-- expect: table story.accounts

-- bad: an application role may write it, and other tables have policies
create role story_rls_off_app login;
create table story.notes (id bigint primary key, writer text);
alter table story.notes enable row level security;
create policy own_notes on story.notes using (writer = current_user);
create table story.drafts (id bigint primary key, writer text);
grant usage on schema story to story_rls_off_app;
grant insert on story.drafts to story_rls_off_app;
-- expect: table story.drafts
-- cleanup
drop owned by story_rls_off_app;
drop role story_rls_off_app;

-- bad: only one column is granted, through a role that the login role inherits
create role story_rls_off_readers nologin;
create role story_rls_off_app login in role story_rls_off_readers;
create table story.notes (id bigint primary key);
alter table story.notes enable row level security;
create table story.keys (id bigint primary key, label text, secret_hash text);
grant usage on schema story to story_rls_off_readers;
grant select (label) on story.keys to story_rls_off_readers;
-- expect: table story.keys
-- cleanup
drop owned by story_rls_off_readers;
drop role story_rls_off_app, story_rls_off_readers;

-- bad: the role does not inherit, but can SET ROLE
create role story_rls_off_readers nologin;
create role story_rls_off_app login noinherit;
grant story_rls_off_readers to story_rls_off_app;
create table story.notes (id bigint primary key);
alter table story.notes enable row level security;
create table story.keys (id bigint primary key);
grant usage on schema story to story_rls_off_readers;
grant select on story.keys to story_rls_off_readers;
-- expect: table story.keys
-- cleanup
drop owned by story_rls_off_readers;
drop role story_rls_off_app, story_rls_off_readers;

-- bad: a partitioned table, told once although a partition is granted as well
create table story.visits (id bigint, day date) partition by range (day);
create table story.visits_1 partition of story.visits for values from ('2026-01-01') to ('2026-02-01');
create table story.visits_2 partition of story.visits for values from ('2026-02-01') to ('2026-03-01');
grant usage on schema story to public;
grant select on story.visits, story.visits_1 to public;
-- expect: partitioned table story.visits

-- bad: the root is protected, but a partition can be read beside it
create table story.visits (id bigint, visitor text) partition by range (id);
create table story.visits_1 partition of story.visits for values from (0) to (10);
alter table story.visits enable row level security;
create policy own_visits on story.visits using (visitor = current_user);
grant usage on schema story to public;
grant select on story.visits, story.visits_1 to public;
-- expect: table story.visits_1

-- bad: a name that needs quotes
create table story."Select ""me""" (id int primary key);
grant usage on schema story to public;
grant select on story."Select ""me""" to public;
-- expect: table story.Select "me"

-- near miss: partitions are reached through the protected root only
create table story.visits (id bigint, visitor text) partition by range (id);
create table story.visits_1 partition of story.visits for values from (0) to (10);
alter table story.visits enable row level security;
create policy own_visits on story.visits using (visitor = current_user);
grant usage on schema story to public;
grant select on story.visits to public;

-- near miss: granted, but nobody may enter the schema
create table story.accounts (id bigint primary key);
grant select on story.accounts to public;

-- near miss: nobody but the owner
create table story.notes (id bigint primary key);
alter table story.notes enable row level security;
create table story.accounts (id bigint primary key);
grant usage on schema story to public;

-- near miss: a role that bypasses policies would not be bound by one
create role story_rls_off_batch login bypassrls;
create table story.notes (id bigint primary key);
alter table story.notes enable row level security;
create table story.accounts (id bigint primary key);
grant usage on schema story to story_rls_off_batch;
grant select on story.accounts to story_rls_off_batch;
-- cleanup
drop owned by story_rls_off_batch;
drop role story_rls_off_batch;

-- near miss: a database that keeps its users apart in the application
create role story_rls_off_app login;
create table story.accounts (id bigint primary key);
grant usage on schema story to story_rls_off_app;
grant select, insert, update, delete on story.accounts to story_rls_off_app;
-- cleanup
drop owned by story_rls_off_app;
drop role story_rls_off_app;

-- near miss: the application owns it
create role story_rls_off_app login;
create table story.notes (id bigint primary key);
alter table story.notes enable row level security;
create table story.accounts (id bigint primary key);
grant all on schema story to story_rls_off_app;
alter table story.accounts owner to story_rls_off_app;
-- cleanup
drop owned by story_rls_off_app;
drop role story_rls_off_app;

-- near miss: a table of an extension
create extension pg_buffercache;
create table story.spatial_ref_sys (srid integer primary key);
grant usage on schema story to public;
grant select on story.spatial_ref_sys to public;
alter extension pg_buffercache add table story.spatial_ref_sys;
