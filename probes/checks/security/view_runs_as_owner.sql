-- bad, server >= 15: a superuser's view
create table story.payments (id bigint primary key, payer text);
alter table story.payments enable row level security, force row level security;
create policy own on story.payments using (payer = current_user);
create view story.payment_list as select id, payer from story.payments;
grant usage on schema story to public;
grant select on story.payment_list to public;
-- expect: view story.payment_list

-- bad, server >= 15: security_invoker is named, and off; and through another view
create table story.payments (id bigint primary key, payer text);
alter table story.payments enable row level security;
create view story.payment_list with (security_invoker = false) as select id, payer from story.payments;
create view story.payment_count as select count(*) from story.payment_list;
grant usage on schema story to public;
grant select on story.payment_list, story.payment_count to public;
-- expect: view story.payment_list
-- expect: view story.payment_count

-- bad, server >= 15: it may be written through, not read
create table story.payments (id bigint primary key, payer text);
alter table story.payments enable row level security;
create view story.payment_list as select id, payer from story.payments;
grant usage on schema story to public;
grant insert on story.payment_list to public;
-- expect: view story.payment_list

-- bad, server < 15: only another owner helps
create role story_view_owner_plain nologin;
create table story.payments (id bigint primary key, payer text);
alter table story.payments enable row level security;
create view story.payment_list as select id, payer from story.payments;
grant usage on schema story to public;
grant select on story.payment_list to public;
-- expect: view story.payment_list
-- repaired
grant create on schema story to story_view_owner_plain;
grant select on story.payments to story_view_owner_plain;
alter view story.payment_list owner to story_view_owner_plain;
-- cleanup
drop owned by story_view_owner_plain;
drop role story_view_owner_plain;

-- near miss, server >= 15: the caller's rights, spelt on
create table story.payments (id bigint primary key, payer text);
alter table story.payments enable row level security;
create view story.payment_list with (security_invoker = on) as select id, payer from story.payments;
grant usage on schema story to public;
grant select on story.payment_list to public;

-- near miss: the owner is bound by the policies
create role story_view_owner_plain nologin;
create table story.payments (id bigint primary key, payer text);
alter table story.payments enable row level security;
grant select on story.payments to story_view_owner_plain;
grant create, usage on schema story to story_view_owner_plain;
create view story.payment_list as select id, payer from story.payments;
alter view story.payment_list owner to story_view_owner_plain;
grant usage on schema story to public;
grant select on story.payment_list to public;
-- cleanup
drop owned by story_view_owner_plain;
drop role story_view_owner_plain;

-- near miss: no table, no policies, nobody to read it, an extension's
create view story.opening_hours as select 'Monday' as weekday;
create table story.countries (code text primary key);
create view story.country_list as select code from story.countries;
create table story.payments (id bigint primary key, payer text);
alter table story.payments enable row level security;
create view story.payment_list as select id, payer from story.payments;
grant usage on schema story to public;
grant select on story.opening_hours, story.country_list to public;
create extension pg_buffercache schema story;
