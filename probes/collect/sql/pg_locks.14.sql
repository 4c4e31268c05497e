select
    l.relation::int8 as relation,
    l.mode,
    l.granted,
    pg_catalog.count(*)::int4 as count,
    extract(epoch from pg_catalog.max(pg_catalog.clock_timestamp() - l.waitstart))::float8 as longest_wait_seconds
from pg_catalog.pg_locks as l
where l.locktype = 'relation'
    and l.relation >= 16384
    and l.pid <> pg_catalog.pg_backend_pid()
    and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database())
group by l.relation, l.mode, l.granted
