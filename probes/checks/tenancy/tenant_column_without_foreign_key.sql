-- bad: only the name says so
create table story.tenants (id bigint primary key);
create table story.a (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.b (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.c (id bigint primary key, tenant_id bigint not null);
insert into story.tenants values (1);
insert into story.c values (1, 1);
-- expect: column story.c.tenant_id

-- bad: no key anywhere, the name leads to the table; one is partitioned
create table story.organizations (id bigint primary key);
create table story.a (id bigint primary key, organization_id bigint not null);
create table story.b (id bigint primary key, organization_id bigint not null);
create table story.c (id bigint not null, organization_id bigint not null) partition by range (id);
create table story.c_1 partition of story.c for values from (0) to (10);
-- expect: column story.a.organization_id
-- expect: column story.b.organization_id
-- expect: column story.c.organization_id

-- bad: through a key of which another column may be null
create table story.tenants (id bigint primary key);
create table story.a (
    id bigint, tenant_id bigint not null references story.tenants, primary key (tenant_id, id)
);
create table story.b (
    id bigint, tenant_id bigint not null, a_id bigint not null, primary key (tenant_id, id),
    foreign key (tenant_id, a_id) references story.a (tenant_id, id)
);
create table story.c (
    id bigint, tenant_id bigint not null, a_id bigint, primary key (tenant_id, id),
    foreign key (tenant_id, a_id) references story.a (tenant_id, id)
);
-- expect: column story.c.tenant_id

-- bad, server >= 18: a key that is not enforced
create table story.tenants (id bigint primary key);
create table story.a (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.b (id bigint primary key, tenant_id bigint not null references story.tenants);
create table story.c (id bigint primary key, tenant_id bigint not null references story.tenants not enforced);
-- expect: column story.c.tenant_id

-- near miss: no table of tenants is known
create table story.a (id bigint primary key, tenant_id bigint not null);
create table story.b (id bigint primary key, tenant_id bigint not null);
create table story.c (id bigint primary key, tenant_id bigint not null);
