-- bad: the column is cast, the setting is cast to a smaller type
create table story.a (id bigint primary key, tenant_id uuid not null);
create table story.b (id bigint primary key, tenant_id bigint not null);
create table story.c (id bigint primary key, tenant_id bigint not null);
alter table story.a enable row level security;
alter table story.b enable row level security;
alter table story.c enable row level security;
create policy own on story.a using (tenant_id::text = current_setting('app.tenant', true));
create policy own on story.b using (tenant_id = current_setting('app.tenant', true)::int)
    with check (tenant_id = current_setting('app.tenant', true)::int);
create policy own on story.c using (tenant_id = (select current_setting('app.tenant', true)::smallint));
-- expect: policy story.a.own
-- expect: policy story.b.own
-- expect: policy story.c.own

-- bad: part of a longer condition, which is the user's to rewrite
create table story.a (id bigint primary key, tenant_id bigint not null, open boolean);
create table story.b (id bigint primary key, tenant_id bigint not null);
create table story.c (id bigint primary key, tenant_id bigint not null);
alter table story.a enable row level security;
create policy own on story.a using (open and tenant_id::text = current_setting('app.tenant', true));
-- expect: policy story.a.own
-- repaired
alter policy own on story.a using (open and tenant_id = current_setting('app.tenant', true)::bigint);

-- near miss: the column's own type, and varchar read as text
create table story.a (id bigint primary key, tenant_id bigint not null);
create table story.b (id bigint primary key, tenant_id varchar(40) not null);
create table story.c (id bigint primary key, tenant_id uuid not null);
alter table story.a enable row level security;
alter table story.b enable row level security;
alter table story.c enable row level security;
create policy own on story.a using (tenant_id = (select nullif(current_setting('app.tenant', true), '')::bigint));
create policy own on story.b using (tenant_id = current_setting('app.tenant', true));
create policy own on story.c using (tenant_id = current_setting('app.tenant')::uuid);
