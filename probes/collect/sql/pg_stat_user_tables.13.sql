-- The functions behind the view: the view itself joins every index of every table.
select
    c.oid::int8 as relation,
    pg_catalog.pg_stat_get_numscans(c.oid) as sequential_scans,
    pg_catalog.pg_stat_get_tuples_returned(c.oid) as sequential_tuples_read,
    null::float8 as last_sequential_scan_at,
    pg_catalog.pg_stat_get_tuples_inserted(c.oid) as inserted,
    pg_catalog.pg_stat_get_tuples_updated(c.oid) as updated,
    pg_catalog.pg_stat_get_tuples_deleted(c.oid) as deleted,
    pg_catalog.pg_stat_get_tuples_hot_updated(c.oid) as hot_updated,
    pg_catalog.pg_stat_get_live_tuples(c.oid) as live_tuples,
    pg_catalog.pg_stat_get_dead_tuples(c.oid) as dead_tuples,
    pg_catalog.pg_stat_get_mod_since_analyze(c.oid) as modified_since_analyze,
    pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) as inserted_since_vacuum,
    extract(epoch from pg_catalog.pg_stat_get_last_vacuum_time(c.oid))::float8 as last_vacuum_at,
    extract(epoch from pg_catalog.pg_stat_get_last_autovacuum_time(c.oid))::float8 as last_autovacuum_at,
    extract(epoch from pg_catalog.pg_stat_get_last_analyze_time(c.oid))::float8 as last_analyze_at,
    extract(epoch from pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid))::float8 as last_autoanalyze_at,
    pg_catalog.pg_stat_get_vacuum_count(c.oid) as vacuum_count,
    pg_catalog.pg_stat_get_autovacuum_count(c.oid) as autovacuum_count,
    pg_catalog.pg_stat_get_blocks_fetched(c.oid) - pg_catalog.pg_stat_get_blocks_hit(c.oid) as blocks_read,
    pg_catalog.pg_stat_get_blocks_hit(c.oid) as blocks_hit
from pg_catalog.pg_class as c
where c.oid >= 16384 and c.relkind in ('r', 'm')
