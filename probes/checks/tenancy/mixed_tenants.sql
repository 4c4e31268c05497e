-- bad: a materialized view, a view and two functions
create role story_mix_app login;
grant usage on schema story to story_mix_app;
create table story.tenants (id bigint primary key);
create table story.a (id bigint primary key, tenant_id bigint not null, price numeric);
create table story.b (id bigint primary key, tenant_id bigint not null);
create table story.c (id bigint primary key, tenant_id bigint not null);
alter table story.a enable row level security;
create materialized view story.figures as select count(*) as rows, sum(price) as price from story.a;
create view story.cheapest as select id, price from story.a order by price limit 10;
create function story.clear() returns void language sql security definer as 'delete from story.a';
create function story.clear(older int) returns void language sql security definer as 'delete from story.a where id < $1';
revoke execute on function story.clear(int) from public;
grant execute on function story.clear(int) to story_mix_app;
grant select on story.figures, story.cheapest to story_mix_app;
-- expect: materialized view story.figures
-- expect: view story.cheapest
-- expect: function story.clear
-- expect: function story.clear
-- cleanup
drop owned by story_mix_app; drop role story_mix_app;

-- near miss: the tenant is shown, asked for, not evaded, or nobody of the application may use it
create role story_sort_app login;
grant usage on schema story to story_sort_app;
create table story.a (id bigint primary key, tenant_id bigint not null, price numeric);
create table story.b (id bigint primary key, tenant_id bigint not null);
create table story.countries (code text primary key);
create table story.c (id bigint primary key, tenant_id bigint not null);
alter table story.a enable row level security;
create view story.by_tenant as select tenant_id, sum(price) as price from story.a group by tenant_id;
create view story.places as select code from story.countries;
create view story.unguarded as select id from story.b;
create view story.hidden as select id from story.a;
create function story.clear(tenant bigint) returns void language sql security definer
    as 'delete from story.a where tenant_id = $1';
create function story.own() returns bigint language sql security definer
    as 'select count(*) from story.a where id::text = current_setting(''app.id'')';
create function story.asked() returns bigint language sql as 'select count(*) from story.a';
create function story.secret() returns bigint language sql security definer as 'select count(*) from story.a';
revoke execute on function story.secret() from public;
grant select on story.by_tenant, story.places, story.unguarded to story_sort_app;
-- cleanup
drop owned by story_sort_app; drop role story_sort_app;
