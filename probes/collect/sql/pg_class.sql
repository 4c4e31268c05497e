-- Indexes and TOAST tables come along: joining them here would make the server hash half a catalog.
-- User objects have oids from 16384 on.
select
    c.oid::int8 as oid,
    c.relname as name,
    c.relnamespace::int8 as namespace,
    c.relkind as kind,
    c.relowner::int8 as owner,
    c.relpersistence as persistence,
    c.relam::int8 as access_method,
    c.reltablespace::int8 as tablespace,
    c.relnatts::int4 as column_slots,
    c.relpages as pages,
    c.reltuples::float8 as tuples,
    c.relallvisible as all_visible_pages,
    c.relrowsecurity as row_security,
    c.relforcerowsecurity as force_row_security,
    c.relispartition as is_partition,
    c.relreplident as replica_identity,
    c.reloptions as options,
    c.relacl::text[] as acl,
    case when c.relfrozenxid <> '0'::pg_catalog.xid then pg_catalog.age(c.relfrozenxid) else 0 end as frozen_age_xids,
    case when c.relminmxid <> '0'::pg_catalog.xid then pg_catalog.mxid_age(c.relminmxid) else 0 end as min_multixact_age,
    c.reloftype::int8 as of_type,
    c.reltype::int8 as row_type,
    c.reltoastrelid::int8 as toast_relation,
    pg_catalog.md5(c.relpartbound::text) as partition_bound_digest
from pg_catalog.pg_class as c
where c.oid >= 16384
