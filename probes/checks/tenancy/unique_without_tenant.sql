-- bad: a constraint and an index on what people choose
create table story.tenants (id bigint primary key, slug text unique);
create table story.coupons (
    id bigint primary key, tenant_id bigint not null references story.tenants,
    code text not null constraint coupons_code_key unique
);
create table story.invoices (
    id bigint primary key, tenant_id bigint not null references story.tenants, number text not null
);
create unique index invoices_number_idx on story.invoices (number);
create table story.c (id bigint primary key, tenant_id bigint not null references story.tenants);
insert into story.tenants values (1, 'a');
insert into story.coupons values (1, 1, 'SPRING');
-- expect: constraint story.coupons.coupons_code_key
-- expect: index story.invoices.invoices_number_idx

-- bad: an address, which may be meant; a key that others reference
create table story.users (
    id bigint primary key, tenant_id bigint not null, email text not null constraint users_email_key unique
);
create table story.items (id bigint primary key, tenant_id bigint not null, sku text constraint items_sku_key unique);
create table story.lines (id bigint primary key, tenant_id bigint not null, sku text references story.items (sku));
-- expect: constraint story.users.users_email_key
-- expect: constraint story.items.items_sku_key
-- repaired
alter table story.users drop constraint users_email_key, add unique (tenant_id, email);
alter table story.lines drop constraint lines_sku_fkey;
alter table story.items drop constraint items_sku_key, add unique (tenant_id, sku);
alter table story.lines add foreign key (tenant_id, sku) references story.items (tenant_id, sku);

-- near miss: keys that no two tenants can share
create table story.tenants (id bigint primary key, slug text unique);
create table story.a (
    id bigint generated always as identity unique, tenant_id bigint not null references story.tenants,
    public_key uuid unique, api_token text unique, name text, unique (tenant_id, name), unique (tenant_id, id),
    number bigserial unique
);
create table story.b (
    id bigint primary key, tenant_id bigint not null references story.tenants, a_id bigint unique references story.a (id)
);
create table story.c (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.countries (code text primary key, name text unique);
