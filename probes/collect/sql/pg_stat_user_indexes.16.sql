select
    c.oid::int8 as index,
    pg_catalog.pg_stat_get_numscans(c.oid) as scans,
    extract(epoch from pg_catalog.pg_stat_get_lastscan(c.oid))::float8 as last_scan_at,
    pg_catalog.pg_stat_get_tuples_returned(c.oid) as tuples_read,
    pg_catalog.pg_stat_get_tuples_fetched(c.oid) as tuples_fetched,
    pg_catalog.pg_stat_get_blocks_fetched(c.oid) - pg_catalog.pg_stat_get_blocks_hit(c.oid) as blocks_read,
    pg_catalog.pg_stat_get_blocks_hit(c.oid) as blocks_hit
from pg_catalog.pg_class as c
where c.oid >= 16384 and c.relkind = 'i' and c.relnamespace <> 99  -- pg_toast
