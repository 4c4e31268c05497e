select
    d.oid::int8 as oid,
    d.datname as name,
    d.datdba::int8 as owner,
    pg_catalog.pg_encoding_to_char(d.encoding) as encoding,
    d.datcollate as collate,
    d.datlocprovider as locale_provider,
    d.datallowconn as allow_connections,
    d.datconnlimit as connection_limit,
    d.datistemplate as is_template,
    pg_catalog.age(d.datfrozenxid) as frozen_age_xids,
    pg_catalog.mxid_age(d.datminmxid) as min_multixact_age,
    d.datcollversion as collation_version,
    case
        when d.datname = pg_catalog.current_database() then pg_catalog.pg_database_collation_actual_version(d.oid)
    end as actual_collation_version,
    d.datacl::text[] as acl,
    null::int8 as size_bytes
from pg_catalog.pg_database as d
order by d.datname
