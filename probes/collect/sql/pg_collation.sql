-- Those of users, and those of the system whose provider has moved on since they were created.
select
    c.oid::int8 as oid,
    c.collname as name,
    c.collnamespace::int8 as namespace,
    c.collowner::int8 as owner,
    c.collprovider as provider,
    c.collisdeterministic as is_deterministic,
    c.collversion as version,
    v.actual as actual_version
from pg_catalog.pg_collation as c
cross join lateral (
    select case when c.collversion is not null then pg_catalog.pg_collation_actual_version(c.oid) end as actual
) as v
where c.oid >= 16384 or c.collversion is distinct from v.actual
