-- bad: chosen by owner, free to move
create role story_move_app login;
grant usage on schema story to story_move_app;
create table story.tenants (id bigint primary key);
create table story.drafts (id bigint primary key, tenant_id bigint not null, owner name not null);
create table story.pages (id bigint primary key, tenant_id bigint not null);
create table story.files (id bigint primary key, tenant_id bigint not null);
alter table story.drafts enable row level security;
alter table story.pages enable row level security;
create policy own on story.drafts using (owner = current_user);
create policy pages on story.pages using (tenant_id = current_setting('app.tenant', true)::bigint);
grant select, insert, update on all tables in schema story to story_move_app;
-- expect: policy story.drafts.own
-- cleanup
drop owned by story_move_app; drop role story_move_app;

-- bad: no other policy shows how a tenant is told
create role story_move_app login;
grant usage on schema story to story_move_app;
create table story.a (id bigint primary key, tenant_id bigint not null, owner name not null);
create table story.b (id bigint primary key, tenant_id bigint not null);
create table story.c (id bigint primary key, tenant_id bigint not null);
alter table story.a enable row level security;
create policy own on story.a for update using (owner = current_user);
grant select, update on story.a to story_move_app;
-- expect: policy story.a.own
-- repaired
alter policy own on story.a with check (owner = current_user and tenant_id = current_setting('app.t', true)::bigint);
-- cleanup
drop owned by story_move_app; drop role story_move_app;

-- near miss: the tenant's own condition, a WITH CHECK, a restrictive policy, a key that ties the owner to the tenant
create role story_hold_app login;
grant usage on schema story to story_hold_app;
create table story.users (
    tenant_id bigint not null, name name not null, primary key (tenant_id, name)
);
create table story.a (id bigint primary key, tenant_id bigint not null, owner name);
create table story.b (id bigint primary key, tenant_id bigint not null, owner name);
create table story.c (
    id bigint primary key, tenant_id bigint not null, owner name, foreign key (tenant_id, owner) references story.users
);
create table story.d (id bigint primary key, tenant_id bigint not null, owner name);
alter table story.a enable row level security;
alter table story.b enable row level security;
alter table story.c enable row level security;
alter table story.d enable row level security;
create policy own on story.a using (tenant_id = current_setting('app.tenant', true)::bigint);
create policy own on story.b using (owner = current_user)
    with check (owner = current_user and tenant_id = current_setting('app.tenant', true)::bigint);
create policy own on story.c using (owner = current_user);
create policy own on story.d using (owner = current_user);
create policy of_tenant on story.d as restrictive using (tenant_id = current_setting('app.tenant', true)::bigint);
grant select, insert, update on all tables in schema story to story_hold_app;
-- cleanup
drop owned by story_hold_app; drop role story_hold_app;
