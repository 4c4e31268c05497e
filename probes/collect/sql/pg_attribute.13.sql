select
    a.attrelid::int8 as relation,
    a.attnum::int4 as number,
    a.attname as name,
    a.atttypid::int8 as type,
    a.atttypmod as typmod,
    a.attnotnull as not_null,
    a.atthasdef as has_default,
    a.attidentity::text as identity,
    a.attgenerated::text as generated,
    a.attcollation::int8 as collation,
    a.attndims::int4 as dimensions,
    a.attstorage as storage,
    ''::text as compression,
    nullif(a.attstattarget, -1)::int4 as statistics_target,
    a.attinhcount::int4 as inherited_count,
    a.attislocal as is_local,
    a.attoptions as options,
    a.attacl::text[] as acl
from pg_catalog.pg_attribute as a
inner join pg_catalog.pg_class as c
    on c.oid = a.attrelid and c.relkind in ('r', 'p', 'v', 'm', 'f', 'c')
where a.attrelid >= 16384 and a.attnum > 0 and not a.attisdropped
