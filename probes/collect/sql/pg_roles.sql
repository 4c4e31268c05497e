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
    null::text as password_kind,
    null::int4 as scram_iterations
from pg_catalog.pg_roles as r
order by r.rolname
