-- A marketplace for animals, shared by many tenants, as it should be: every tenant table is keyed by (tenant_id, id),
-- references carry the tenant, every row is behind row level security, and every foreign key has its index.
create schema extensions authorization demo_owner;
create extension pg_stat_statements with schema extensions;
create extension citext with schema extensions;
create extension pg_trgm with schema extensions;

create schema market authorization demo_owner;
create schema market_private authorization demo_owner;
create schema market_imports authorization demo_owner;
alter default privileges for role demo_owner in schema market revoke execute on functions from public;
grant usage on schema extensions to public;
grant usage on schema market to demo_app, demo_portal, demo_support, demo_maintenance, demo_billing;

set role demo_owner;

create function market.current_tenant() returns bigint
    language sql stable
    begin atomic
        select nullif(pg_catalog.current_setting('app.tenant_id', true), '')::bigint;
    end;
revoke execute on function market.current_tenant() from public;
grant execute on function market.current_tenant() to demo_app, demo_portal, demo_support, demo_billing;

create table market.countries (
    code text primary key check (pg_catalog.length(code) = 2),
    name text not null
);

create table market.currencies (
    code text primary key check (pg_catalog.length(code) = 3),
    name text not null,
    minor_units smallint not null
);

create table market.species (
    id bigint generated always as identity primary key,
    name text not null unique
);

create table market.tenants (
    id bigint generated always as identity primary key,
    slug text not null constraint tenants_slug_key unique,
    name text not null,
    country_code text not null constraint tenants_country_fk references market.countries (code),
    plan text not null check (plan in ('free', 'team', 'business')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index tenants_country_idx on market.tenants (country_code);

create table market.users (
    tenant_id bigint not null constraint users_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    email extensions.citext not null,
    full_name text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint users_tenant_email_key unique (tenant_id, email)
);

create table market.roles (
    tenant_id bigint not null constraint roles_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    name text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint roles_tenant_name_key unique (tenant_id, name)
);

create table market.user_roles (
    tenant_id bigint not null,
    user_id bigint not null,
    role_id bigint not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, user_id, role_id),
    constraint user_roles_user_fk foreign key (tenant_id, user_id) references market.users (tenant_id, id) on delete cascade,
    constraint user_roles_role_fk foreign key (tenant_id, role_id) references market.roles (tenant_id, id)
);
create index user_roles_role_idx on market.user_roles (tenant_id, role_id);

create table market.contacts (
    tenant_id bigint not null constraint contacts_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    name text,
    email text not null,
    phone text,
    country_code text not null constraint contacts_country_fk references market.countries (code),
    latitude double precision,
    longitude double precision,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
create index contacts_country_idx on market.contacts (country_code);
create index contacts_email_idx on market.contacts (tenant_id, email);
alter table market.contacts cluster on contacts_email_idx;

create table market.animals (
    tenant_id bigint not null constraint animals_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    species_id bigint not null constraint animals_species_fk references market.species (id),
    keeper_contact_id bigint not null,
    name text not null,
    chip text not null,
    born_on date,
    weight_kg real,
    measurements jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint animals_keeper_fk foreign key (tenant_id, keeper_contact_id) references market.contacts (tenant_id, id)
);
create index animals_species_idx on market.animals (species_id);
create index animals_keeper_idx on market.animals (tenant_id, keeper_contact_id);

create table market.listings (
    tenant_id bigint not null constraint listings_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    animal_id bigint not null,
    seller_contact_id bigint not null,
    title text not null,
    description text not null,
    tags text[] not null default '{}',
    price_amount numeric(12, 2) not null,
    currency_code text not null constraint listings_currency_fk references market.currencies (code),
    status text not null check (status in ('draft', 'active', 'sold', 'withdrawn')),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint listings_animal_fk foreign key (tenant_id, animal_id) references market.animals (tenant_id, id),
    constraint listings_seller_fk foreign key (tenant_id, seller_contact_id) references market.contacts (tenant_id, id)
);
create index listings_animal_idx on market.listings (tenant_id, animal_id);
create index listings_seller_idx on market.listings (tenant_id, seller_contact_id);
create index listings_currency_idx on market.listings (currency_code);
create index listings_created_idx on market.listings (tenant_id, created_at);

create table market.listing_photos (
    tenant_id bigint not null,
    id bigint generated always as identity,
    listing_id bigint not null,
    sort_order integer not null,
    storage_path text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);

create table market.invoices (
    tenant_id bigint not null constraint invoices_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    number text not null,
    listing_id bigint not null,
    buyer_contact_id bigint not null,
    seller_contact_id bigint not null,
    total_amount numeric(12, 2) not null,
    currency_code text not null constraint invoices_currency_fk references market.currencies (code),
    status text not null check (status in ('open', 'paid', 'void')),
    issued_at timestamptz not null,
    due_on date not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint invoices_tenant_number_key unique (tenant_id, number),
    constraint invoices_buyer_fk foreign key (tenant_id, buyer_contact_id) references market.contacts (tenant_id, id),
    constraint invoices_seller_fk foreign key (tenant_id, seller_contact_id) references market.contacts (tenant_id, id)
);
create index invoices_buyer_idx on market.invoices (tenant_id, buyer_contact_id);
create index invoices_seller_idx on market.invoices (tenant_id, seller_contact_id);

create table market.invoice_lines (
    tenant_id bigint not null,
    id bigint generated always as identity,
    invoice_id bigint not null,
    description text not null,
    quantity integer not null check (quantity > 0),
    unit_price_amount numeric(12, 2) not null,
    currency_code text not null constraint invoice_lines_currency_fk references market.currencies (code),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint invoice_lines_invoice_fk foreign key (tenant_id, invoice_id)
        references market.invoices (tenant_id, id) on delete cascade
);
create index invoice_lines_invoice_idx on market.invoice_lines (tenant_id, invoice_id);
create index invoice_lines_currency_idx on market.invoice_lines (currency_code);

create table market.payments (
    tenant_id bigint not null,
    id bigint generated always as identity,
    invoice_id bigint not null,
    provider_reference text not null,
    amount numeric(12, 2) not null check (amount > 0),
    currency_code text not null constraint payments_currency_fk references market.currencies (code),
    status text not null check (status in ('pending', 'settled', 'failed')),
    paid_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id),
    constraint payments_provider_reference_key unique (tenant_id, provider_reference),
    constraint payments_invoice_fk foreign key (tenant_id, invoice_id) references market.invoices (tenant_id, id)
);
create index payments_invoice_idx on market.payments (tenant_id, invoice_id);
create index payments_currency_idx on market.payments (currency_code);

create table market.messages (
    tenant_id bigint not null constraint messages_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    listing_id bigint not null,
    sender_contact_id bigint not null,
    handled_by_user_id bigint,
    reply_to_id bigint,
    channel text not null check (channel in ('web', 'email', 'sms')),
    body text not null,
    sent_at timestamptz not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    primary key (tenant_id, id)
);
-- The largest table gets its other foreign keys after its rows: checking them all at once is four times as fast.

create table market.audit_log (
    tenant_id bigint not null constraint audit_log_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    table_name text not null,
    action text not null check (action in ('INSERT', 'UPDATE', 'DELETE')),
    changed_by text not null,
    row_data jsonb not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id)
);

create table market.events (
    tenant_id bigint not null constraint events_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    kind text not null,
    payload jsonb not null,
    occurred_at timestamptz not null,
    primary key (tenant_id, id, occurred_at)
) partition by range (occurred_at);
create table market.events_2024 partition of market.events for values from ('2024-01-01 00:00+00') to ('2025-01-01 00:00+00');
create table market.events_2025 partition of market.events for values from ('2025-01-01 00:00+00') to ('2026-01-01 00:00+00');
create table market.events_default partition of market.events default;

create table market.notifications (
    tenant_id bigint not null constraint notifications_tenant_fk references market.tenants (id),
    id bigint generated always as identity,
    medium text not null,
    subject text not null,
    created_at timestamptz not null default now(),
    primary key (tenant_id, id, medium)
) partition by list (medium);
create table market.notifications_email partition of market.notifications for values in ('email');
create table market.notifications_push partition of market.notifications for values in ('push');
create table market.notifications_other partition of market.notifications default;

-- Security: reference tables may be read by everyone who may log in; tenant tables only through the tenant's policy.
do $policies$
declare
    reference_table constant text[] := array['countries', 'currencies', 'species'];
    tenant_table constant text[] := array[
        'users', 'roles', 'user_roles', 'contacts', 'animals', 'listings', 'listing_photos', 'invoices', 'invoice_lines',
        'payments', 'messages', 'audit_log', 'events', 'notifications'
    ];
    relation text;
begin
    foreach relation in array reference_table || tenant_table || array['tenants'] loop
        execute format('alter table market.%I enable row level security, force row level security', relation);
    end loop;
    -- The owner writes the audit trail, in a trigger; nobody can log in as the owner or become it.
    execute 'alter table market.audit_log no force row level security';
    foreach relation in array reference_table loop
        execute format('create policy everyone_reads on market.%I for select to demo_app, demo_portal using (true)', relation);
        execute format('grant select on market.%I to demo_app, demo_portal', relation);
    end loop;
    foreach relation in array tenant_table loop
        execute format(
            'create policy tenant_isolation on market.%I for all to demo_app, demo_portal '
            'using (tenant_id = (select market.current_tenant())) '
            'with check (tenant_id = (select market.current_tenant()))',
            relation
        );
        execute format('grant select, insert, update on market.%I to demo_app', relation);
    end loop;
    execute 'create policy tenant_isolation on market.tenants for all to demo_app, demo_portal '
        'using (id = (select market.current_tenant())) with check (id = (select market.current_tenant()))';
    execute 'grant select, update on market.tenants to demo_app';
    execute 'grant select on market.listings, market.listing_photos, market.animals to demo_portal';
    execute 'revoke insert, update on market.audit_log from demo_app';
end
$policies$;

create function market.record_change() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    as $function$
    begin
        insert into market.audit_log (tenant_id, table_name, action, changed_by, row_data)
        values (new.tenant_id, tg_table_schema || '.' || tg_table_name, tg_op, session_user, to_jsonb(new));
        return new;
    end
    $function$;
revoke execute on function market.record_change() from public;
create trigger invoices_audit after insert or update on market.invoices
    for each row execute function market.record_change();
create trigger payments_audit after insert or update on market.payments
    for each row execute function market.record_change();

reset role;
