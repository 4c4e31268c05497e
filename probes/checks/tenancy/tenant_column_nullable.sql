-- bad: one table forgot it
create table story.tenants (id bigint primary key);
create table story.a (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.b (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.c (id bigint primary key, tenant_id bigint references story.tenants);
insert into story.tenants values (1);
insert into story.c values (1, 1);
-- expect: column story.c.tenant_id

-- bad: hostile names, a partitioned table
create table story."Ten ants" (id bigint primary key);
create table story."a""b" (id bigint primary key, tenant_id bigint references story."Ten ants");
create table story.p (id bigint not null, tenant_id bigint references story."Ten ants") partition by range (id);
create table story.p_1 partition of story.p for values from (0) to (10);
create table story.c (id bigint primary key, tenant_id bigint not null references story."Ten ants");
-- expect: column story.a"b.tenant_id
-- expect: column story.p.tenant_id

-- bad: another column, named by the user
-- at: tenant_column = school
create table story.a (id bigint primary key, school int);
-- expect: column story.a.school

-- bad: rows without a tenant are there
create table story.a (id bigint primary key, tenant_id bigint not null);
create table story.b (id bigint primary key, tenant_id bigint not null);
create table story.c (id bigint primary key, tenant_id bigint);
insert into story.c select i, nullif(i % 3, 0) from generate_series(1, 300) as i;
analyze story.c;
-- expect: column story.c.tenant_id
-- repaired
update story.c set tenant_id = 1 where tenant_id is null;
alter table story.c alter tenant_id set not null;

-- near miss: two of many tables have the name, so it tells no tenants apart
create table story.a (id bigint primary key, account_id bigint);
create table story.b (id bigint primary key, account_id bigint);
create table story.c (id bigint primary key);
create table story.d (id bigint primary key);
create table story.e (id bigint primary key);

-- near miss: a tenant that has a parent
create table story.tenants (id bigint primary key, tenant_id bigint references story.tenants);
create table story.a (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.b (id bigint primary key, tenant_id bigint not null references story.tenants);
