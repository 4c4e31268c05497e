-- Plausible rows, the same on every run: everything follows from the row's number and a seeded random().
-- A third of everything belongs to tenant 1, as in most shared databases.
set work_mem = '64MB';
set synchronous_commit = off;
select pg_catalog.setseed(0.42);

insert into market.countries (code, name)
values ('AT', 'Austria'), ('CH', 'Switzerland'), ('DE', 'Germany'), ('DK', 'Denmark'), ('FR', 'France'), ('NL', 'Netherlands');
insert into market.currencies (code, name, minor_units)
values ('CHF', 'Swiss franc', 2), ('DKK', 'Danish krone', 2), ('EUR', 'Euro', 2);
insert into market.species (name)
values ('horse'), ('cow'), ('sheep'), ('goat'), ('alpaca'), ('chicken'), ('rabbit'), ('dog');

insert into market.tenants (slug, name, country_code, plan, created_at, updated_at)
select
    'market-' || i,
    (array['Alpine', 'North Sea', 'Meadow', 'Harbour', 'Old Mill'])[1 + i % 5] || ' market ' || i,
    (array['AT', 'CH', 'DE', 'DK', 'FR', 'NL'])[1 + i % 6],
    (array['free', 'team', 'business'])[1 + i % 3],
    timestamptz '2024-01-08 09:00+00' + i * interval '5 days',
    timestamptz '2025-11-01 09:00+00'
from pg_catalog.generate_series(1, 40) as i;

insert into market.users (tenant_id, email, full_name, created_at, updated_at)
select
    t.id,
    'user' || n || '@' || t.slug || '.example',
    (array['Ada', 'Ben', 'Cleo', 'Dan', 'Eva', 'Finn', 'Gro', 'Hugo'])[1 + (n + t.id) % 8] || ' '
        || (array['Berg', 'Dahl', 'Frank', 'Holm', 'Jansen', 'Keller', 'Lund'])[1 + (n * 3 + t.id) % 7],
    t.created_at + n * interval '1 day',
    t.created_at + n * interval '2 days'
from market.tenants as t
cross join pg_catalog.generate_series(1, case when t.id = 1 then 40 else 12 end) as n
order by t.id, n;

insert into market.roles (tenant_id, name)
select t.id, r.name
from market.tenants as t
cross join (values ('owner'), ('clerk'), ('reader')) as r (name)
order by t.id, r.name;
insert into market.user_roles (tenant_id, user_id, role_id)
select u.tenant_id, u.id, r.id
from market.users as u
join market.roles as r on r.tenant_id = u.tenant_id and (r.id + u.id) % 3 = 0;

insert into market.contacts (tenant_id, name, email, phone, country_code, latitude, longitude, created_at, updated_at)
select
    case when i % 3 = 0 then 1 else 2 + (i / 3) % 39 end,
    (array['Anna', 'Bo', 'Carla', 'Dirk', 'Else', 'Frits', 'Greta', 'Hans', 'Ida'])[1 + i % 9] || ' '
        || (array['Bauer', 'Christensen', 'de Vries', 'Egger', 'Fischer', 'Girard', 'Huber'])[1 + (i / 9) % 7],
    'contact' || i || '@mail.example',
    -- Every fortieth number is somebody else's too, which is why it never became unique.
    '+49 30 ' || pg_catalog.lpad((case when i % 40 = 0 then i - 39 else i end)::text, 7, '0'),
    (array['AT', 'CH', 'DE', 'DK', 'FR', 'NL'])[1 + i % 6],
    46 + (i % 900) / 100.0,
    6 + (i % 800) / 100.0,
    timestamptz '2024-02-01 08:00+00' + i * interval '2 hours',
    timestamptz '2025-06-01 08:00+00' + i * interval '10 minutes'
from pg_catalog.generate_series(1, 6000) as i;

insert into market.animals (tenant_id, species_id, keeper_contact_id, name, chip, born_on, weight_kg, measurements)
select
    c.tenant_id,
    1 + i % 8,
    c.id,
    (array['Bella', 'Max', 'Luna', 'Rex', 'Flora', 'Odin', 'Nelly', 'Pip'])[1 + i % 8],
    'DE' || pg_catalog.lpad(i::text, 12, '0'),
    date '2018-01-01' + i % 2400,
    20 + (i % 500) * 0.9,
    pg_catalog.jsonb_build_object('height_cm', case when i % 500 = 0 then 'unknown' else (60 + i % 110)::text end)
from pg_catalog.generate_series(1, 8000) as i
join market.contacts as c on c.id = 1 + (i * 31) % 6000
order by i;

insert into market.listings (
    tenant_id, animal_id, seller_contact_id, title, description, tags, price_amount, currency_code, status, created_at, updated_at
)
select
    a.tenant_id,
    a.id,
    a.keeper_contact_id,
    a.name || ', ' || s.name || ', ' || (1 + i % 14) || ' years',
    pg_catalog.repeat('Calm, healthy and used to people. Vaccinated, papers complete. ', 1 + i % 3),
    array[s.name, (array['young', 'breeding', 'family', 'show'])[1 + i % 4]],
    150 + (i * 37) % 9000 + 0.50,
    (array['CHF', 'DKK', 'EUR', 'EUR'])[1 + i % 4],
    (array['draft', 'active', 'active', 'sold', 'withdrawn'])[1 + i % 5],
    timestamptz '2024-03-01 10:00+00' + i * interval '80 minutes',
    timestamptz '2024-03-04 10:00+00' + i * interval '80 minutes'
from pg_catalog.generate_series(1, 10000) as i
join market.animals as a on a.id = 1 + (i * 17) % 8000
join market.species as s on s.id = a.species_id
order by i;

insert into market.listing_photos (tenant_id, listing_id, sort_order, storage_path, created_at, updated_at)
select
    l.tenant_id, l.id, n, 'photos/' || l.tenant_id || '/' || l.id || '/' || n || '.webp', l.created_at, l.created_at
from market.listings as l
cross join pg_catalog.generate_series(1, 3) as n
order by l.id, n;

create temporary table people as
select c.tenant_id, pg_catalog.array_agg(c.id order by c.id) as contact_ids
from market.contacts as c
group by c.tenant_id;
create temporary table staff as
select u.tenant_id, pg_catalog.array_agg(u.id order by u.id) as user_ids
from market.users as u
group by u.tenant_id;

insert into market.invoices (
    tenant_id, number, listing_id, buyer_contact_id, seller_contact_id, total_amount, currency_code, status, issued_at, due_on,
    created_at, updated_at
)
select
    l.tenant_id,
    'INV-' || pg_catalog.lpad(i::text, 6, '0'),
    l.id,
    p.contact_ids[1 + (i * 13) % pg_catalog.cardinality(p.contact_ids)],
    l.seller_contact_id,
    l.price_amount,
    l.currency_code,
    (array['paid', 'paid', 'paid', 'open', 'void'])[1 + i % 5],
    l.created_at + interval '6 days',
    (l.created_at + interval '20 days')::date,
    l.created_at + interval '6 days',
    l.created_at + interval '9 days'
from pg_catalog.generate_series(1, 8000) as i
join market.listings as l on l.id = 1 + (i * 11) % 10000
join people as p on p.tenant_id = l.tenant_id
order by i;

insert into market.invoice_lines (
    tenant_id, invoice_id, description, quantity, unit_price_amount, currency_code, created_at, updated_at
)
select
    v.tenant_id,
    v.id,
    (array['Animal', 'Transport and insurance'])[n],
    1,
    (array[v.total_amount - 90, 90])[n],
    v.currency_code,
    v.created_at,
    v.created_at
from market.invoices as v
cross join pg_catalog.generate_series(1, 2) as n
order by v.id, n;

insert into market.payments (
    tenant_id, invoice_id, provider_reference, amount, currency_code, status, paid_at, created_at, updated_at
)
select
    v.tenant_id,
    v.id,
    'pay_' || pg_catalog.md5(v.id::text),
    v.total_amount,
    v.currency_code,
    'settled',
    v.issued_at + interval '3 days',
    v.issued_at + interval '3 days',
    v.issued_at + interval '3 days'
from market.invoices as v
where v.status = 'paid'
order by v.id;

insert into market.messages (
    tenant_id, listing_id, sender_contact_id, handled_by_user_id, reply_to_id, channel, body, sent_at, created_at, updated_at
)
select
    l.tenant_id,
    l.id,
    p.contact_ids[1 + (i * 29) % pg_catalog.cardinality(p.contact_ids)],
    case when i % 4 <> 0 then s.user_ids[1 + (i / 7) % pg_catalog.cardinality(s.user_ids)] end,
    null,
    (array['web', 'web', 'email', 'sms'])[1 + i % 4],
    (array[
        'Is the animal still for sale, and could we come and see it on Saturday? ',
        'Thank you for the quick answer. Which vaccinations has it had so far? ',
        'We would like to reserve and can pay the deposit today. Please send the invoice. '
    ])[1 + i % 3] || pg_catalog.repeat('Kind regards from the farm. ', 1 + i % 3),
    timestamptz '2025-01-01 06:00+00' + i * interval '3 minutes',
    timestamptz '2025-01-01 06:00+00' + i * interval '3 minutes',
    timestamptz '2025-01-01 06:00+00' + i * interval '3 minutes'
from pg_catalog.generate_series(1, 150000) as i
join market.listings as l on l.id = 1 + (i * 7) % 10000
join people as p on p.tenant_id = l.tenant_id
join staff as s on s.tenant_id = l.tenant_id;

-- The partitions end with 2025; what came later has fallen into the default partition.
insert into market.events (tenant_id, kind, payload, occurred_at)
select
    case when i % 3 = 0 then 1 else 2 + (i / 3) % 39 end,
    (array['listing.viewed', 'listing.shared', 'invoice.opened', 'login'])[1 + i % 4],
    pg_catalog.jsonb_build_object('source', (array['web', 'app', 'mail'])[1 + i % 3], 'sequence', i),
    timestamptz '2024-06-01 00:00+00' + i * interval '27 minutes'
from pg_catalog.generate_series(1, 36000) as i;

insert into market.notifications (tenant_id, medium, subject, created_at)
select
    1 + i % 40,
    (array['email', 'push'])[1 + i % 2],
    'You have a new message',
    timestamptz '2025-03-01 00:00+00' + i * interval '1 hour'
from pg_catalog.generate_series(1, 4000) as i;

drop table people, staff;
reset synchronous_commit;
reset work_mem;
