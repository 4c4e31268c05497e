-- pg_temp and pg_toast schemas belong to sessions and to the server.
select n.oid::int8 as oid, n.nspname as name, n.nspowner::int8 as owner, n.nspacl::text[] as acl
from pg_catalog.pg_namespace as n
where n.nspname <> 'information_schema'
    and n.nspname <> 'pg_catalog'
    and n.nspname not like 'pg\_toast%'
    and n.nspname not like 'pg\_temp\_%'
order by n.nspname
