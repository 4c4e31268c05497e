/* pgaudit */
-- schemas with relations whose rows our role may not read: without that pg_stats shows nothing of them, and sequences no value
select
    pg_catalog.quote_ident(n.nspname) as schema_name,
    pg_catalog.count(*) filter (where c.relkind <> 'S') as tables,
    pg_catalog.count(*) filter (where c.relkind = 'S') as sequences
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'm', 'p', 'S')
    and c.relpersistence <> 't'
    and n.nspname <> 'information_schema'
    and n.nspname !~ '^pg_'
    and not pg_catalog.has_table_privilege(c.oid, 'SELECT')
group by n.nspname
order by n.nspname
