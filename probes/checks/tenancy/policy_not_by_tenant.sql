-- bad: a mark opens rows to everybody, in a policy of its own and behind OR
create role story_open_app login;
grant usage on schema story to story_open_app;
create table story.tenants (id bigint primary key);
create table story.notes (id bigint primary key, tenant_id bigint not null, is_shared boolean not null);
create table story.pages (id bigint primary key, tenant_id bigint not null, status text);
create table story.files (id bigint primary key, tenant_id bigint not null);
alter table story.notes enable row level security;
alter table story.pages enable row level security;
alter table story.files enable row level security;
create policy own on story.notes using (tenant_id = current_setting('app.tenant', true)::bigint);
create policy shared on story.notes for select using (is_shared);
create policy pages on story.pages for all
    using (tenant_id = current_setting('app.tenant', true)::bigint or status = 'published');
create policy files on story.files for select using (true);
grant select, insert, update on all tables in schema story to story_open_app;
-- expect: policy story.notes.shared
-- expect: policy story.pages.pages
-- expect: policy story.files.files
-- repaired
alter policy shared on story.notes using (is_shared and tenant_id = current_setting('app.tenant', true)::bigint);
alter policy pages on story.pages using (tenant_id = current_setting('app.tenant', true)::bigint);
drop policy files on story.files;
-- cleanup
drop owned by story_open_app; drop role story_open_app;

-- near miss: by user, by subquery, narrowed, for nobody's role, not in force, no table of tenants
create role story_shut_app login;
create role story_shut_group nologin;
grant usage on schema story to story_shut_app;
create table story.a (id bigint primary key, tenant_id bigint not null, owner name, open boolean);
create table story.b (id bigint primary key, tenant_id bigint not null, open boolean);
create table story.c (id bigint primary key, tenant_id bigint not null, open boolean);
create table story.lookup (code text primary key);
alter table story.a enable row level security;
alter table story.b enable row level security;
alter table story.lookup enable row level security;
create policy by_user on story.a using (owner = current_user);
create policy by_members on story.a for select
    using (open and exists (select from story.c as c where c.tenant_id = a.tenant_id));
create policy group_only on story.a for select to story_shut_group using (open);
create policy open_ones on story.b for select using (open);
create policy of_tenant on story.b as restrictive using (tenant_id = current_setting('app.tenant', true)::bigint);
create policy idle on story.c using (open);
create policy all_read on story.lookup for select using (true);
grant select, insert, update on all tables in schema story to story_shut_app;
-- cleanup
drop owned by story_shut_app; drop role story_shut_app; drop owned by story_shut_group; drop role story_shut_group;
