-- What only somebody who knows the application can put right. Every statement may run before or after the checks' fixes.

-- Policies that were meant to keep tenants apart.
drop policy if exists reviews_of_tenant on market.reviews;
create policy reviews_of_tenant on market.reviews for all to demo_app
    using (tenant_id = (select market.current_tenant())) with check (tenant_id = (select market.current_tenant()));
drop policy if exists notes_shared on market.support_notes;
drop policy if exists notes_insert on market.support_notes;
create policy notes_insert on market.support_notes for insert to demo_app
    with check (tenant_id = (select market.current_tenant()));
drop policy if exists notes_update on market.support_notes;
create policy notes_update on market.support_notes for update to demo_app
    using (tenant_id = (select market.current_tenant()));
drop policy if exists notes_delete on market.support_notes;
create policy notes_delete on market.support_notes for delete to demo_app
    using (tenant_id = (select market.current_tenant()));
drop policy if exists tenant_isolation on market.saved_searches;
create policy tenant_isolation on market.saved_searches for all to demo_app
    using (tenant_id = (select market.current_tenant())) with check (tenant_id = (select market.current_tenant()));
alter role demo_support nobypassrls;
do $policies$
declare
    relation text;
begin
    foreach relation in array array['newsletter_signups', 'api_keys', 'page_views'] loop
        execute pg_catalog.format('drop policy if exists tenant_isolation on market.%I', relation);
        execute pg_catalog.format(
            'create policy tenant_isolation on market.%I for all to demo_app, demo_portal '
            'using (tenant_id = (select market.current_tenant())) '
            'with check (tenant_id = (select market.current_tenant()))',
            relation
        );
    end loop;
end
$policies$;

-- Keys. The published table gets its identity with its key.
alter table market.import_rows add column if not exists id bigint generated always as identity;
alter table market.page_views add column if not exists id bigint generated always as identity;
do $keys$
declare
    relation regclass;
begin
    foreach relation in array array['market.import_rows'::regclass, 'market.page_views'::regclass] loop
        if not exists (
            select from pg_catalog.pg_constraint as c where c.conrelid = relation and c.contype = 'p'
        ) then
            execute pg_catalog.format('alter table %s add primary key (tenant_id, id)', relation);
        end if;
    end loop;
end
$keys$;
-- The new keys begin with the tenant themselves.
drop index if exists market.import_rows_tenant_idx;
-- A foreign key that is enforced again will look things up.
create index if not exists shipments_invoice_idx on market.shipments (tenant_id, invoice_id);
alter table market.coupons drop constraint if exists coupons_code_key;
alter table market.coupons add constraint coupons_code_key unique (tenant_id, code);

-- What amounts are in, which the books have always known.
alter table market.rate_cards
    add column if not exists currency_code text not null default 'EUR'
        constraint rate_cards_currency_fk references market.currencies (code);
create index if not exists rate_cards_currency_idx on market.rate_cards (currency_code);
alter table market.payouts
    add column if not exists currency_code text not null default 'EUR'
        constraint payouts_currency_fk references market.currencies (code);
create index if not exists payouts_currency_idx on market.payouts (currency_code);

-- A name that needs no quotes, in the release that changes the application too.
alter table if exists market."order" rename to purchase_orders;

-- The partition that was forgotten at the turn of the year, and the rows that went astray.
do $partition$
begin
    if pg_catalog.to_regclass('market.events_2026') is not null then
        return;
    end if;
    alter table market.events detach partition market.events_default;
    create table market.events_2026 partition of market.events
        for values from ('2026-01-01 00:00+00') to ('2027-01-01 00:00+00');
    alter table market.events_2026 owner to demo_owner;
    insert into market.events (tenant_id, id, kind, payload, occurred_at) overriding system value
    select e.tenant_id, e.id, e.kind, e.payload, e.occurred_at
    from market.events_default as e;
    delete from market.events_default;
    alter table market.events attach partition market.events_default default;
end
$partition$;

-- The partitioned index that was begun and never finished: a part on each partition, attached.
do $parts$
declare
    partition regclass;
    part text;
begin
    if (select i.indisvalid from pg_catalog.pg_index as i where i.indexrelid = 'market.events_kind_idx'::regclass) then
        return;
    end if;
    for partition in
        select h.inhrelid::regclass
        from pg_catalog.pg_inherits as h
        where h.inhparent = 'market.events'::regclass
            and not exists (
                select
                from pg_catalog.pg_inherits as a
                inner join pg_catalog.pg_index as i on i.indexrelid = a.inhrelid
                where a.inhparent = 'market.events_kind_idx'::regclass and i.indrelid = h.inhrelid
            )
    loop
        part := (select c.relname || '_kind_idx' from pg_catalog.pg_class as c where c.oid = partition);
        execute pg_catalog.format('create index if not exists %I on %s (tenant_id, kind, occurred_at)', part, partition);
        execute pg_catalog.format('alter index market.events_kind_idx attach partition market.%I', part);
    end loop;
end
$parts$;
