-- bad: text beside bigint
create table story.tenants (id bigint primary key);
create table story.a (id bigint primary key, tenant_id bigint references story.tenants);
create table story.b (id bigint primary key, tenant_id bigint references story.tenants);
create table story.c (id bigint primary key, tenant_id text);
insert into story.c values (1, '7');
-- expect: column story.c.tenant_id

-- bad: the majority decides where there is no table of tenants
create table story.a (id bigint primary key, tenant_id uuid);
create table story.b (id bigint primary key, tenant_id uuid);
create table story.c (id bigint primary key, tenant_id varchar(36));
insert into story.c values (1, '00000000-0000-0000-0000-000000000001');
-- expect: column story.c.tenant_id

-- near miss: a domain over the same type
create domain story.tenant as bigint;
create table story.a (id bigint primary key, tenant_id bigint);
create table story.b (id bigint primary key, tenant_id bigint);
create table story.c (id bigint primary key, tenant_id story.tenant);

-- near miss: a foreign key of another type is the matter of another check
create table story.tenants (id bigint primary key);
create table story.a (id bigint primary key, tenant_id bigint references story.tenants);
create table story.b (id bigint primary key, tenant_id bigint references story.tenants);
create table story.c (id bigint primary key, tenant_id int references story.tenants);
