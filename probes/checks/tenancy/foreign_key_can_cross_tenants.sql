-- bad: the key compares the id alone
create table story.tenants (id bigint primary key);
create table story.customers (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.orders (
    id bigint primary key, tenant_id bigint not null references story.tenants,
    customer_id bigint not null constraint orders_customer_fk references story.customers on delete cascade
);
insert into story.tenants values (1);
insert into story.customers values (1, 1);
insert into story.orders values (1, 1, 1);
create table story.notes (id bigint primary key, tenant_id bigint not null references story.tenants);
-- expect: constraint story.orders.orders_customer_fk

-- bad: a table that refers to itself; the pair is unique already
create table story.tenants (id bigint primary key);
create table story.pages (
    id bigint primary key, tenant_id bigint not null references story.tenants,
    parent_id bigint constraint pages_parent_fk references story.pages deferrable initially deferred,
    unique (tenant_id, id)
);
create table story.a (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.b (id bigint primary key, tenant_id bigint not null references story.tenants);
-- expect: constraint story.pages.pages_parent_fk

-- bad, server >= 15: a delete that empties the column must not empty the tenant
create table story.a (id bigint primary key, tenant_id bigint not null);
create table story.b (id bigint primary key, tenant_id bigint not null);
create table story.c (
    id bigint primary key, tenant_id bigint not null,
    a_id bigint constraint c_a_fk references story.a on delete set null
);
-- expect: constraint story.c.c_a_fk

-- bad: between partitioned tables the steps are the user's
create table story.a (id bigint primary key, tenant_id bigint not null) partition by range (id);
create table story.b (id bigint primary key, tenant_id bigint not null);
create table story.c (
    id bigint primary key, tenant_id bigint not null, a_id bigint constraint c_a_fk references story.a
);
-- expect: constraint story.c.c_a_fk
-- repaired
alter table story.a add unique (tenant_id, id);
alter table story.c drop constraint c_a_fk, add foreign key (tenant_id, a_id) references story.a (tenant_id, id);

-- near miss: the tenant is part of the key, or another key says so, or the other table is everybody's
create table story.tenants (id bigint primary key);
create table story.countries (code text primary key);
create table story.a (
    id bigint primary key, tenant_id bigint not null references story.tenants,
    country text references story.countries, unique (tenant_id, id)
);
create table story.b (
    id bigint primary key, tenant_id bigint not null references story.tenants, a_id bigint,
    foreign key (a_id, tenant_id) references story.a (id, tenant_id)
);
create table story.c (
    id bigint primary key, tenant_id bigint not null references story.tenants, a_id bigint references story.a,
    foreign key (a_id, tenant_id) references story.a (id, tenant_id)
);
