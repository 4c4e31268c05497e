-- Only what kind of password it is leaves the server, never the password's hash.
select
    r.oid::int8 as oid,
    r.rolname as name,
    r.rolsuper as superuser,
    r.rolinherit as inherit,
    r.rolcreaterole as create_role,
    r.rolcreatedb as create_database,
    r.rolcanlogin as can_login,
    r.rolreplication as replication,
    r.rolbypassrls as bypass_rls,
    r.rolconnlimit as connection_limit,
    case
        when pg_catalog.isfinite(r.rolvaliduntil) then extract(epoch from r.rolvaliduntil)
    end::float8 as valid_until,
    case
        when r.rolpassword is null then 'none'
        when r.rolpassword ~ '^md5[0-9a-f]{32}$' then 'md5'
        when r.rolpassword like 'SCRAM-SHA-256$%' then 'scram-sha-256'
        else 'other'
    end as password_kind,
    pg_catalog.substring(r.rolpassword, '^SCRAM-SHA-256\$(\d+):')::int4 as scram_iterations
from pg_catalog.pg_authid as r
order by r.rolname
