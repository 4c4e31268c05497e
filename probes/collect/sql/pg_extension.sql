select
    e.oid::int8 as oid,
    e.extname as name,
    e.extowner::int8 as owner,
    e.extnamespace::int8 as namespace,
    e.extrelocatable as relocatable,
    e.extversion as version
from pg_catalog.pg_extension as e
order by e.extname
