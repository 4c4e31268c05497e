-- bad: the application writes it, and nobody knows for whom
create role story_path_app login;
grant usage on schema story to story_path_app;
create table story.tenants (id bigint primary key);
create table story.orders (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.a (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.b (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.uploads (id bigint primary key, file_name text);
grant insert, update on story.orders, story.uploads to story_path_app;
-- expect: table story.uploads
-- repaired
alter table story.uploads add column tenant_id bigint not null references story.tenants;
-- cleanup
drop owned by story_path_app; drop role story_path_app;

-- bad: everything runs as a superuser; a group of tables that only know each other
create table story.tenants (id bigint primary key);
create table story.a (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.b (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.c (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.boxes (id bigint primary key);
create table story.items (id bigint primary key, box_id bigint references story.boxes);
-- expect: table story.boxes
-- expect: table story.items
-- repaired
alter table story.boxes add column tenant_id bigint not null references story.tenants;

-- near miss: a way over two tables, reference data, migrations, and what the application only reads
create role story_path_near login;
grant usage on schema story to story_path_near;
create table story.tenants (id bigint primary key);
create table story.countries (code text primary key);
create table story.orders (
    id bigint primary key, tenant_id bigint not null references story.tenants, country text references story.countries
);
create table story.a (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.b (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.lines (id bigint primary key, order_id bigint references story.orders);
create table story.parts (id bigint primary key, line_id bigint references story.lines);
create table story.schema_migrations (version text primary key);
create table story.rates (id bigint primary key, rate numeric);
grant insert on all tables in schema story to story_path_near;
revoke insert on story.rates from story_path_near;
-- cleanup
drop owned by story_path_near; drop role story_path_near;
