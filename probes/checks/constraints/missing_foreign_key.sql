-- bad: singular and plural, quoted, with a type that fits
create table story.categories (id bigint primary key);
create table story."User" (id uuid primary key);
create table story.orders (id bigint primary key, category_id bigint, "userId" uuid);
create table story.parts (id int, category_id bigint) partition by range (id);
insert into story.categories values (1);
insert into story.orders values (1, 1, null);
-- expect: column story.orders.category_id
-- expect: column story.orders.userId
-- expect: column story.parts.category_id

-- bad: the key of the other table begins with the tenant
create table story.tenants (id bigint primary key);
create table story.customers (id bigint, tenant_id bigint references story.tenants, primary key (tenant_id, id));
create table story.orders (
    id bigint primary key, tenant_id bigint references story.tenants, customer_id bigint not null
);
create table story.notes (id bigint primary key, tenant_id bigint references story.tenants);
-- expect: column story.orders.customer_id

-- near miss: tied, another type, polymorphic, a history, a table that is not there, the table's own key
create table story.categories (id bigint primary key);
create table story.owners (id bigint primary key);
create table story.devices (device_id bigint primary key, serial_id text);
create table story.orders (
    id bigint primary key, category_id bigint references story.categories, owner_id bigint, owner_type text,
    device_id text, warehouse_id bigint
);
create table story.orders_history (id bigint, category_id bigint);

-- bad: a partition that was made later has no key of its own
create table story.categories (id bigint primary key);
create table story.parts (id int, category_id bigint) partition by range (id);
create table story.parts_1 partition of story.parts for values from (0) to (10);
create table story.parts_2 partition of story.parts for values from (10) to (20);
alter table story.parts_1 add foreign key (category_id) references story.categories;
-- expect: column story.parts.category_id

-- near miss: every partition has a key of its own
create table story.categories (id bigint primary key);
create table story.parts (id int, category_id bigint) partition by range (id);
create table story.parts_1 partition of story.parts for values from (0) to (10);
create table story.parts_2 partition of story.parts for values from (10) to (20);
alter table story.parts_1 add foreign key (category_id) references story.categories;
alter table story.parts_2 add foreign key (category_id) references story.categories;
