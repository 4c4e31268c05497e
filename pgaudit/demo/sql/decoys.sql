-- Things that look like faults to a careless reader and are none. Each has its entry, with the reason, in manifest.toml.
-- Foreign keys are added by the superuser: under FORCE the owner's own validation would see no rows.

-- Foreign keys that have their index ----------------------------------------------------------------------------------

alter table market.listing_favourites
    add constraint listing_favourites_listing_fk foreign key (tenant_id, listing_id)
        references market.listings (tenant_id, id);
create index listing_favourites_listing_idx on market.listing_favourites (listing_id, tenant_id);

alter table market.messages
    add constraint messages_sender_fk foreign key (tenant_id, sender_contact_id)
        references market.contacts (tenant_id, id),
    add constraint messages_reply_fk foreign key (tenant_id, reply_to_id) references market.messages (tenant_id, id);
create index messages_reply_idx on market.messages (tenant_id, reply_to_id) where reply_to_id is not null;

create index invoices_currency_hash_idx on market.invoices using hash (currency_code);

set role demo_owner;

-- Indexes that resemble each other --------------------------------------------------------------------------------------

create index tenants_slug_name_idx on market.tenants (slug, name);
create index tenants_slug_hash_idx on market.tenants using hash (slug);
create index listings_active_created_idx on market.listings (tenant_id, created_at) where status = 'active';
create index contacts_email_pattern_idx on market.contacts (tenant_id, email text_pattern_ops);
create index listings_price_idx on market.listings (tenant_id, price_amount);
create index listings_price_desc_idx on market.listings (tenant_id, price_amount desc);
create index animals_name_idx on market.animals (tenant_id, name);
create index animals_name_posix_idx on market.animals (tenant_id, name collate "POSIX");
create index animals_name_lower_idx on market.animals (tenant_id, lower(name));

-- Constraints -----------------------------------------------------------------------------------------------------------

alter table market.animals add constraint animals_weight_positive check (weight_kg > 0) not valid;
alter table market.animals validate constraint animals_weight_positive;

-- The pairs are (integer, integer) and (text, text); compared crosswise they would differ.
create table market.rate_cards (
    year_number integer not null,
    zone text not null,
    price_amount numeric(12, 2) not null,
    price_cents bigint generated always as ((price_amount * 100)::bigint) stored,
    primary key (year_number, zone)
);
create table market.rate_exceptions (
    id bigint generated always as identity primary key,
    zone text not null,
    year_number integer not null,
    valid_from date not null,
    constraint rate_exceptions_card_fk foreign key (year_number, zone) references market.rate_cards (year_number, zone)
);
create index rate_exceptions_card_idx on market.rate_exceptions (year_number, zone);

-- Types -----------------------------------------------------------------------------------------------------------------

create view market.listing_calendar with (security_invoker = on) as
select l.tenant_id, l.id, l.created_at at time zone 'Europe/Zurich' as local_time, l.status as "value"
from market.listings as l;
grant select on market.listing_calendar to demo_app;

create table market.sightings (
    id uuid primary key default uuidv7(),
    tenant_id bigint not null constraint sightings_tenant_fk references market.tenants (id),
    latitude double precision not null,
    longitude double precision not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index sightings_tenant_idx on market.sightings (tenant_id);

create collation market.plain_text (provider = builtin, locale = 'C.UTF-8');
create table market.colours (
    name text collate market.plain_text primary key
);

-- Sequences -------------------------------------------------------------------------------------------------------------

create sequence market.shard_seq maxvalue 64 cycle;
create table market.exports (
    id bigint generated always as identity (start with 2140000000) primary key,
    tenant_id bigint not null constraint exports_tenant_fk references market.tenants (id),
    shard bigint not null default nextval('market.shard_seq'),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index exports_tenant_idx on market.exports (tenant_id);

-- Security --------------------------------------------------------------------------------------------------------------

create table market.documents (
    tenant_id bigint not null constraint documents_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    title text not null,
    is_archived boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
alter table market.documents enable row level security, force row level security;
create policy tenant_isolation on market.documents for all to demo_app
    using (tenant_id = (select market.current_tenant()));
create policy maintenance_window on market.documents as restrictive for all to demo_app using (true) with check (true);
create policy maintenance_all on market.documents for all to demo_maintenance using (true) with check (true);
grant select, insert, update on market.documents to demo_app;

create table market.ledgers (
    tenant_id bigint not null constraint ledgers_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    name text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
alter table market.ledgers enable row level security, force row level security;
create policy tenant_isolation on market.ledgers for all to demo_portal
    using (tenant_id = (select market.current_tenant())) with check (tenant_id = (select market.current_tenant()));

-- Granted, but in a schema that the application may not enter.
create table market_private.fee_rules (
    id bigint generated always as identity primary key,
    name text not null,
    share numeric(5, 4) not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
grant select on market_private.fee_rules to demo_app;

create view market.opening_hours as
select h.weekday, h.opens, h.closes
from (values ('Saturday', '09:00', '16:00'), ('Sunday', '10:00', '14:00')) as h (weekday, opens, closes);
grant select on market.opening_hours to demo_app;

create view market.invoice_totals as
select v.currency_code, pg_catalog.sum(v.total_amount) as total_amount
from market.invoices as v
group by v.currency_code;

create function market.close_month(month_start date) returns bigint
    language sql security definer set search_path = pg_catalog, market, pg_temp
    as 'select count(*) from market.invoices where issued_at >= month_start';
revoke execute on function market.close_month(date) from public;

create function market.invoice_label(number text, issued_at timestamptz) returns text
    language sql stable set search_path = market, public
    as 'select number || '' of '' || issued_at::date';
revoke execute on function market.invoice_label(text, timestamptz) from public;

reset role;

alter table market.ledgers owner to demo_portal;

-- As PostGIS brings its spatial_ref_sys: a table that belongs to an extension, and that nobody here can repair.
create table extensions.spatial_ref_sys (
    srid integer not null,
    projection text not null,
    loaded_at timestamp not null default now()
);
create extension pg_buffercache with schema extensions;
alter extension pg_buffercache add table extensions.spatial_ref_sys;
grant select on extensions.spatial_ref_sys to public;

-- Rows ------------------------------------------------------------------------------------------------------------------

insert into extensions.spatial_ref_sys (srid, projection)
values (4326, 'longlat'), (25832, 'utm');
insert into market.rate_cards (year_number, zone, price_amount)
values (2025, 'DACH', 90.00), (2025, 'Nordic', 120.00), (2026, 'DACH', 95.00);
insert into market.rate_exceptions (zone, year_number, valid_from)
values ('DACH', 2025, '2025-08-01'), ('Nordic', 2025, '2025-10-01');
insert into market.sightings (tenant_id, latitude, longitude)
select 1 + i % 40, 47 + i / 5000.0, 8 + i / 4000.0 from pg_catalog.generate_series(1, 5000) as i;
insert into market.colours (name)
values ('bay'), ('chestnut'), ('dun'), ('grey'), ('pied');
insert into market.exports (tenant_id)
select 1 + i % 40 from pg_catalog.generate_series(1, 61) as i;
insert into market.documents (tenant_id, title)
select 1 + i % 40, 'Terms ' || i from pg_catalog.generate_series(1, 200) as i;
insert into market.ledgers (tenant_id, name)
select t.id, 'Sales ' || t.slug from market.tenants as t;
insert into market_private.fee_rules (name, share)
values ('private seller', 0.0450), ('breeder', 0.0290);
