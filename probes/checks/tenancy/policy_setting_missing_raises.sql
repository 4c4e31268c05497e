-- bad: in both expressions, inside a subquery, with a hostile name
create table story.a (id bigint primary key, tenant_id bigint);
create table story."b""b" (id bigint primary key, tenant_id bigint);
alter table story.a enable row level security;
create policy own on story.a using (tenant_id = current_setting('app.tenant')::bigint)
    with check (tenant_id = (select current_setting('app.tenant')::bigint));
create policy "it's" on story."b""b" for select
    using (tenant_id = (select current_setting('app.o''dd')::bigint) and id > 0);
-- expect: policy story.a.own
-- expect: policy story.b"b.it's

-- near miss: missing is allowed, the setting is the server's own, the words stand in a text
create table story.a (id bigint primary key, tenant_id bigint, name text);
alter table story.a enable row level security;
create policy a on story.a using (tenant_id = nullif(current_setting('app.tenant', true), '')::bigint);
create policy b on story.a using (name = current_setting('role'));
create policy c on story.a using (name = 'current_setting(''app.tenant''::text)');
