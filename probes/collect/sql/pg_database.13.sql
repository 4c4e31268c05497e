select
    d.oid::int8 as oid,
    d.datname as name,
    d.datdba::int8 as owner,
    pg_catalog.pg_encoding_to_char(d.encoding) as encoding,
    d.datcollate as collate,
    'c'::text as locale_provider,
    d.datallowconn as allow_connections,
    d.datconnlimit as connection_limit,
    d.datistemplate as is_template,
    pg_catalog.age(d.datfrozenxid) as frozen_age_xids,
    pg_catalog.mxid_age(d.datminmxid) as min_multixact_age,
    null::text as collation_version,
    null::text as actual_collation_version,
    d.datacl::text[] as acl,
    null::int8 as size_bytes
from pg_catalog.pg_database as d
order by d.datname
