-- bad: the tenant stands second, in a partial index, and nowhere
-- at: min_rows = 1000
create table story.tenants (id bigint primary key);
create table story.a (id bigint primary key, tenant_id bigint not null, made_at date);
create table story.b (id bigint primary key, tenant_id bigint not null, open boolean);
create table story.c (id bigint not null, tenant_id bigint not null) partition by range (id);
create table story.c_1 partition of story.c for values from (0) to (10000);
create index on story.a (made_at, tenant_id);
create index on story.b (tenant_id) where open;
insert into story.a select i, i % 7 from generate_series(1, 2000) as i;
insert into story.b select i, i % 7 from generate_series(1, 2000) as i;
insert into story.c select i, i % 7 from generate_series(1, 2000) as i;
analyze story.a, story.b, story.c, story.c_1;
-- expect: table story.a
-- expect: table story.b
-- expect: partitioned table story.c

-- near miss: an index that begins with it, a small table, a foreign key that another check looks at
-- at: min_rows = 1000
create table story.tenants (id bigint primary key);
create table story.a (id bigint, tenant_id bigint not null, primary key (tenant_id, id));
create table story.b (id bigint primary key, tenant_id bigint not null);
create table story.c (id bigint primary key, tenant_id bigint not null references story.tenants);
insert into story.tenants select i from generate_series(0, 7) as i;
insert into story.a select i, i % 7 from generate_series(1, 2000) as i;
insert into story.b select i, i % 7 from generate_series(1, 20) as i;
insert into story.c select i, i % 7 from generate_series(1, 2000) as i;
analyze story.a, story.b, story.c;
