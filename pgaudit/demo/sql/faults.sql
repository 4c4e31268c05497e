-- What has gone wrong over the years. Each fault has its entry, with the reason, in manifest.toml.
-- Foreign keys are added by the superuser: under FORCE the owner's own validation would see no rows.

alter table market.messages
    add constraint messages_listing_fk foreign key (tenant_id, listing_id) references market.listings (tenant_id, id),
    add constraint messages_handled_by_fk foreign key (tenant_id, handled_by_user_id)
        references market.users (tenant_id, id);

alter table market.listing_photos
    add constraint listing_photos_listing_fk foreign key (tenant_id, listing_id)
        references market.listings (tenant_id, id) on delete cascade;
create index listing_photos_order_idx on market.listing_photos (sort_order, tenant_id, listing_id);

alter table market.invoices
    add constraint invoices_listing_fk foreign key (tenant_id, listing_id) references market.listings (tenant_id, id);
create index invoices_open_listing_idx on market.invoices (tenant_id, listing_id) where status = 'open';

set role demo_owner;

-- Indexes -----------------------------------------------------------------------------------------------------------

create index contacts_mail_lookup_idx on market.contacts (tenant_id, email);
create index users_email_idx on market.users (tenant_id, email);

create index messages_sender_idx on market.messages (tenant_id, sender_contact_id);
create index messages_sender_sent_idx on market.messages (tenant_id, sender_contact_id, sent_at);
create index listings_status_idx on market.listings (tenant_id, status);
create index listings_status_title_idx on market.listings (tenant_id, status) include (title);

create index messages_created_idx on market.messages (created_at);
create index listings_tags_idx on market.listings (tags);

-- Left invalid: the parent was made with ONLY and no partition ever got its part.
create index events_kind_idx on only market.events (tenant_id, kind, occurred_at);

-- Constraints -------------------------------------------------------------------------------------------------------

create table market.import_rows (
    tenant_id bigint not null constraint import_rows_tenant_fk references market.tenants (id),
    line_number bigint not null,
    raw_line text not null,
    created_at timestamptz not null default now()
);
create index import_rows_tenant_idx on market.import_rows (tenant_id);

create table market.webhook_deliveries (
    tenant_id bigint not null constraint webhook_deliveries_tenant_fk references market.tenants (id),
    delivery_key text not null,
    status_code integer not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index webhook_deliveries_key_idx on market.webhook_deliveries (tenant_id, delivery_key);

create table market.page_views (
    tenant_id bigint not null constraint page_views_tenant_fk references market.tenants (id),
    path text not null,
    visitor_key text not null,
    created_at timestamptz not null
) partition by hash (tenant_id);
create table market.page_views_0 partition of market.page_views for values with (modulus 2, remainder 0);
create table market.page_views_1 partition of market.page_views for values with (modulus 2, remainder 1);
create index page_views_tenant_idx on market.page_views (tenant_id, created_at);
grant select, insert on market.page_views to demo_app;

alter table market.listings add constraint listings_price_positive check (price_amount > 0) not valid;
alter table market.animals
    add constraint animals_species_known_fk foreign key (species_id) references market.species (id);
alter table market.contacts add constraint contacts_name_present not null name not valid;

create domain market.phone_number as text;
alter domain market.phone_number add constraint phone_number_shape check (value ~ '^[+0-9 ]+$') not valid;

alter table market.invoices
    add constraint invoices_total_not_negative check (total_amount >= 0) not enforced;

create table market.shipments (
    tenant_id bigint not null constraint shipments_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    invoice_id bigint not null,
    carrier text not null,
    phone market.phone_number,
    shipping_cost double precision not null,
    shipped_at timestamp not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint shipments_invoice_fk foreign key (tenant_id, invoice_id)
        references market.invoices (tenant_id, id) not enforced
);

create table market.listing_favourites (
    tenant_id bigint not null,
    id bigint generated always as identity,
    user_id integer not null,
    listing_id bigint not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint listing_favourites_user_fk foreign key (tenant_id, user_id) references market.users (tenant_id, id)
);
create index listing_favourites_user_idx on market.listing_favourites (tenant_id, user_id);

-- Schema ------------------------------------------------------------------------------------------------------------

alter table market.contacts add column last_seen_at timestamp;

create table market."order" (
    tenant_id bigint not null constraint order_tenant_fk references market.tenants (id),
    id serial primary key,
    currency_code varchar(3) not null constraint order_currency_fk references market.currencies (code),
    grade char(2) not null,
    pickup_time timetz,
    legacy_document json,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index order_tenant_idx on market."order" (tenant_id);
create index order_currency_idx on market."order" (currency_code);

create table market.devices (
    id uuid primary key default gen_random_uuid(),
    tenant_id bigint not null constraint devices_tenant_fk references market.tenants (id),
    platform text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index devices_tenant_idx on market.devices (tenant_id);

create table market.push_subscriptions (
    tenant_id bigint not null constraint push_subscriptions_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    device_id uuid not null constraint push_subscriptions_device_fk references market.devices (id),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
create index push_subscriptions_device_idx on market.push_subscriptions (device_id, tenant_id);

create unlogged table market.carts (
    tenant_id bigint not null constraint carts_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    items jsonb not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);

alter table market.messages set (autovacuum_enabled = false);

-- Version 0 is what a cluster keeps in its catalog after the library under it was upgraded.
create collation market.shop_text (provider = builtin, locale = 'C.UTF-8', version = '0');
create table market.breeds (
    name text collate market.shop_text primary key,
    species_id bigint not null constraint breeds_species_fk references market.species (id)
);
create index breeds_species_idx on market.breeds (species_id);

-- Sequences ---------------------------------------------------------------------------------------------------------

alter sequence market.order_id_seq as bigint no maxvalue restart with 2061584302;

create table market.tickets (
    tenant_id bigint not null constraint tickets_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    number smallint generated by default as identity (start with 31480),
    opened_by_user_id bigint,
    subject text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
create index tickets_opened_by_idx on market.tickets (tenant_id, opened_by_user_id);
alter table market.tickets
    add constraint tickets_opened_by_fk foreign key (tenant_id, opened_by_user_id)
        references market.users (tenant_id, id) not valid;

create sequence market.import_batch_seq increment by -1 minvalue -100000 maxvalue -1 start with -97000;
create table market.import_batches (
    tenant_id bigint not null constraint import_batches_tenant_fk references market.tenants (id),
    id bigint not null default nextval('market.import_batch_seq'),
    file_name text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);

create table market.coupons (
    tenant_id bigint not null constraint coupons_tenant_fk references market.tenants (id),
    id bigint generated by default as identity,
    code text not null constraint coupons_code_key unique,
    percent_off smallint not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);

-- Security ----------------------------------------------------------------------------------------------------------

-- The policy is there, but row level security was never switched on.
create policy tenant_isolation on market.coupons for all to demo_app
    using (tenant_id = (select market.current_tenant())) with check (tenant_id = (select market.current_tenant()));
grant select, insert on market.coupons to demo_app;

create table market.newsletter_signups (
    tenant_id bigint not null constraint newsletter_signups_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    email text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
grant select on market.newsletter_signups to public;

create table market.api_keys (
    tenant_id bigint not null constraint api_keys_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    label text not null,
    secret_hash text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
grant select (label) on market.api_keys to demo_portal;

create table market.reviews (
    tenant_id bigint not null constraint reviews_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    listing_id bigint not null,
    stars smallint not null,
    comment text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint reviews_listing_fk foreign key (tenant_id, listing_id) references market.listings (tenant_id, id)
);
create index reviews_listing_idx on market.reviews (tenant_id, listing_id);
alter table market.reviews enable row level security, force row level security;
create policy reviews_of_tenant on market.reviews for all to demo_app using (tenant_id = tenant_id);
grant select, insert, update on market.reviews to demo_app;

create table market.support_notes (
    tenant_id bigint not null constraint support_notes_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    note text not null,
    is_shared boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
alter table market.support_notes enable row level security, force row level security;
create policy notes_of_tenant on market.support_notes for select to demo_app
    using (tenant_id = (select market.current_tenant()));
create policy notes_shared on market.support_notes for select to demo_app using (is_shared);
create policy notes_insert on market.support_notes for insert to demo_app with check (2 = 2);
create policy notes_update on market.support_notes for update to demo_app
    using (is_shared or true) with check (tenant_id = (select market.current_tenant()));
create policy notes_delete on market.support_notes for delete to demo_app using (id is not null);
grant select, insert, update, delete on market.support_notes to demo_app;

create table market.saved_searches (
    tenant_id bigint constraint saved_searches_tenant_fk references market.tenants (id),
    id bigint generated always as identity primary key,
    query_text text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index saved_searches_tenant_idx on market.saved_searches (tenant_id);
alter table market.saved_searches enable row level security, force row level security;
create policy tenant_isolation on market.saved_searches for all to demo_app
    using (tenant_id = current_setting('app.tenant_id')::bigint);
grant select, insert, update on market.saved_searches to demo_app;

create table market.payouts (
    tenant_id bigint not null constraint payouts_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    amount real not null,
    fee_total money not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
alter table market.payouts enable row level security;
create policy tenant_isolation on market.payouts for all to demo_app
    using (tenant_id = (select market.current_tenant())) with check (tenant_id = (select market.current_tenant()));

create table market.refunds (
    tenant_id bigint not null,
    id bigint generated always as identity,
    payment_id bigint not null,
    amount numeric(12, 2) not null,
    reason text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint refunds_payment_fk foreign key (tenant_id, payment_id) references market.payments (tenant_id, id),
    constraint refunds_payment_again_fk foreign key (tenant_id, payment_id) references market.payments (tenant_id, id)
);
create index refunds_payment_idx on market.refunds (tenant_id, payment_id);
alter table market.refunds enable row level security;
create policy tenant_isolation on market.refunds for all to demo_app
    using (tenant_id = (select market.current_tenant())) with check (tenant_id = (select market.current_tenant()));

create view market.recent_changes as
select a.tenant_id, a.table_name, a.action, a.changed_by, a.created_at
from market.audit_log as a;
grant select on market.recent_changes to demo_app;

create materialized view market.listing_statistics as
select l.tenant_id, l.status, pg_catalog.count(*) as listings, pg_catalog.sum(l.price_amount) as price_amount
from market.listings as l
group by l.tenant_id, l.status;
grant select on market.listing_statistics to demo_portal;

create function market.merge_contacts(kept_id bigint, merged_id bigint) returns void
    language sql security definer set search_path = market, public
    as 'update invoices set buyer_contact_id = kept_id where buyer_contact_id = merged_id';
grant execute on function market.merge_contacts(bigint, bigint) to public;

create function market.void_invoice(invoice_id bigint) returns void
    language sql security definer set search_path = market
    as 'update invoices set status = ''void'' where id = invoice_id';
revoke execute on function market.void_invoice(bigint) from public;

create function market.purge_messages(older_than timestamptz) returns void
    language sql security definer
    as 'delete from market.messages where sent_at < older_than';
revoke execute on function market.purge_messages(timestamptz) from public;

grant truncate on market.messages to demo_app;
grant create on schema market_imports to public;

reset role;

-- What only an administrator could have done ------------------------------------------------------------------------

create view market.tenant_revenue as
select p.tenant_id, p.currency_code, pg_catalog.sum(p.amount) as amount
from market.payments as p
group by p.tenant_id, p.currency_code;
grant select on market.tenant_revenue to demo_app;

create view market.open_invoices with (security_invoker = false) as
select v.tenant_id, v.id, v.number, v.total_amount, v.currency_code, v.due_on
from market.invoices as v
where v.status = 'open';
grant select on market.open_invoices to demo_app;

alter table market.payouts owner to demo_app;
alter table market.refunds owner to demo_billing;
grant select, insert, update on market.refunds to demo_app;

-- As if the database came from version 14 by pg_upgrade.
grant create on schema public to public;

-- wal_level does not matter for the fault: an UPDATE of the published table fails as soon as it is published.
set client_min_messages = error;
create publication demo_export for table market.import_rows, market.tenants;
reset client_min_messages;

-- Rows --------------------------------------------------------------------------------------------------------------

insert into market.import_rows (tenant_id, line_number, raw_line)
select 1 + i % 40, i, 'row ' || i || ';horse;' || i * 3
from pg_catalog.generate_series(1, 3000) as i;
insert into market.webhook_deliveries (tenant_id, delivery_key, status_code)
select 1 + i % 40, 'whk_' || i, 200 from pg_catalog.generate_series(1, 1000) as i;
insert into market.page_views (tenant_id, path, visitor_key, created_at)
select 1 + i % 40, '/listings/' || i % 700, pg_catalog.md5((i % 900)::text), timestamptz '2025-09-01 00:00+00' + i * interval '1 minute'
from pg_catalog.generate_series(1, 12000) as i;
insert into market.shipments (tenant_id, invoice_id, carrier, phone, shipping_cost, shipped_at)
select v.tenant_id, v.id, 'Livestock Express', '+49 40 ' || v.id, 90.10, v.issued_at at time zone 'UTC' + interval '4 days'
from market.invoices as v
where v.status = 'paid' and v.id % 4 = 0;
insert into market.listing_favourites (tenant_id, user_id, listing_id)
select l.tenant_id, (select pg_catalog.min(u.id) from market.users as u where u.tenant_id = l.tenant_id), l.id
from market.listings as l
where l.id % 5 = 0;
update market.contacts set last_seen_at = updated_at at time zone 'UTC' where id % 3 = 0;
insert into market."order" (tenant_id, currency_code, grade, pickup_time, legacy_document)
select 1 + i % 40, 'EUR', 'A1', '10:30+01', '{"source": "old shop"}'
from pg_catalog.generate_series(1, 500) as i;
insert into market.devices (tenant_id, platform)
select 1 + i % 40, (array['ios', 'android', 'web'])[1 + i % 3] from pg_catalog.generate_series(1, 30000) as i;
insert into market.push_subscriptions (tenant_id, device_id)
select d.tenant_id, d.id from market.devices as d where d.platform = 'ios';
insert into market.carts (tenant_id, items)
select 1 + i % 40, '[{"listing": 1}]' from pg_catalog.generate_series(1, 400) as i;
insert into market.breeds (name, species_id)
values ('Haflinger', 1), ('Icelandic', 1), ('Holstein', 2), ('Texel', 3), ('Boer', 4), ('Huacaya', 5);
insert into market.tickets (tenant_id, subject)
select 1 + i % 40, 'Question ' || i from pg_catalog.generate_series(1, 100) as i;
insert into market.import_batches (tenant_id, file_name)
select 1 + i % 40, 'import-' || i || '.csv' from pg_catalog.generate_series(1, 200) as i;
-- Restored with their ids, and the sequence was forgotten.
insert into market.coupons (tenant_id, id, code, percent_off)
select 1 + i % 40, i, 'SPRING' || i, 5 + i % 20 from pg_catalog.generate_series(1, 120) as i;
insert into market.newsletter_signups (tenant_id, email)
select 1 + i % 40, 'reader' || i || '@mail.example' from pg_catalog.generate_series(1, 800) as i;
insert into market.api_keys (tenant_id, label, secret_hash)
select t.id, 'main', pg_catalog.encode(pg_catalog.sha256(t.slug::bytea), 'hex') from market.tenants as t;
insert into market.reviews (tenant_id, listing_id, stars, comment)
select l.tenant_id, l.id, 1 + l.id % 5, 'Friendly seller, healthy animal.' from market.listings as l where l.id % 6 = 0;
insert into market.support_notes (tenant_id, note, is_shared)
select 1 + i % 40, 'Called back, waits for papers.', i % 9 = 0 from pg_catalog.generate_series(1, 600) as i;
insert into market.saved_searches (tenant_id, query_text)
select 1 + i % 40, 'horse under 3000' from pg_catalog.generate_series(1, 300) as i;
insert into market.payouts (tenant_id, amount, fee_total)
select 1 + i % 40, 100.10 + i, 2.5::numeric::money from pg_catalog.generate_series(1, 300) as i;
insert into market.refunds (tenant_id, payment_id, amount, reason)
select p.tenant_id, p.id, p.amount, 'Animal returned' from market.payments as p where p.id % 20 = 0;
refresh materialized view market.listing_statistics;

-- Triggers switched off for that load, and never on again.
alter table market.refunds disable trigger all;
alter table market.payments disable trigger payments_audit;
