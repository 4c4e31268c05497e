-- bad: cents that cannot be held
create table story.t (id bigint primary key, "unitPrice" real, shipping_cost double precision default 0);
insert into story.t values (1, 90.5, 12.25);
-- expect: column story.t.unitPrice
-- expect: column story.t.shipping_cost

-- near miss: decimals, cents, and floats that are no amounts
create table story.t (
    id bigint primary key, price numeric(12, 2), total_cents bigint, tax_rate real, latitude double precision,
    total_weight real, priceless real
);
