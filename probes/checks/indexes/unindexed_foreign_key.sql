-- bad: no index at all
create table story.customers (id bigint primary key, region int not null, unique (region, id));
create table story.orders (
    id bigint primary key,
    customer_id bigint constraint orders_customer_fk references story.customers
);
-- expect: constraint story.orders.orders_customer_fk

-- bad: the key's column stands second
create table story.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id bigint constraint child_parent_fk references story.parent);
create index on story.child (id, parent_id);
-- expect: constraint story.child.child_parent_fk

-- bad: the column is only included
create table story.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id bigint constraint child_parent_fk references story.parent);
create index on story.child (id) include (parent_id);
-- expect: constraint story.child.child_parent_fk

-- bad: a partial index with another predicate
create table story.parent (id bigint primary key);
create table story.child (
    id bigint primary key, parent_id bigint constraint child_parent_fk references story.parent, open boolean
);
create index on story.child (parent_id) where open;
-- expect: constraint story.child.child_parent_fk

-- bad: a partitioned table, reported once
create table story.parent (id bigint primary key);
create table story.child (
    id bigint, parent_id bigint constraint child_parent_fk references story.parent
) partition by range (id);
create table story.child_1 partition of story.child for values from (0) to (10);
create table story.child_2 partition of story.child for values from (10) to (20);
-- expect: constraint story.child.child_parent_fk

-- near miss: columns of the index in another order
create table story.customers (id bigint, region int, primary key (id, region));
create table story.orders (
    id bigint primary key, customer_id bigint, region int,
    foreign key (customer_id, region) references story.customers (id, region)
);
create index on story.orders (region, customer_id);

-- near miss: the index leaves out nulls only
create table story.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id bigint references story.parent);
create index on story.child (parent_id) where parent_id is not null;

-- near miss: a hash index on one column
create table story.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id bigint references story.parent);
create index on story.child using hash (parent_id);

-- near miss: the primary key leads with the column
create table story.parent (id bigint primary key);
create table story.child (parent_id bigint references story.parent, line int, primary key (parent_id, line));

-- near miss, server >= 18: a key that is not enforced looks nothing up
create table story.parent (id bigint primary key);
create table story.child (id bigint primary key, parent_id bigint references story.parent not enforced);

-- bad: a brin index, an expression, an invalid index
create table story.parent (id bigint primary key);
create table story.child (
    id bigint primary key,
    a bigint constraint a_fk references story.parent,
    b bigint constraint b_fk references story.parent,
    c bigint constraint c_fk references story.parent
);
create index on story.child using brin (a);
create index on story.child ((b + 1));
create index child_c_idx on story.child (c);
update pg_catalog.pg_index set indisvalid = false where indexrelid = 'story.child_c_idx'::pg_catalog.regclass;
-- expect: constraint story.child.a_fk
-- expect: constraint story.child.b_fk
-- expect: constraint story.child.c_fk

-- bad: an index that begins like the key and goes elsewhere
create table story.parent (tenant int, id int, primary key (tenant, id));
create table story.child (
    id bigint primary key, tenant int, parent_id int, made_at date,
    constraint child_fk foreign key (tenant, parent_id) references story.parent
);
create index on story.child (tenant, made_at);
-- expect: constraint story.child.child_fk

-- near miss: an index that helps in part is the matter of another check
create table story.parent (a int, b int, primary key (a, b));
create table story.one (id bigint primary key, a int, b int, foreign key (a, b) references story.parent);
create index on story.one (a);
create table story.two (id bigint primary key, a int, b int, foreign key (a, b) references story.parent);
create index on story.two (a, id, b);
