select
    'vacuum' as command,
    p.pid,
    p.datname as database,
    coalesce(p.relid, 0)::int8 as relation,
    0::int8 as index,
    p.phase as phase,
    p.heap_blks_scanned::int8 as done,
    p.heap_blks_total::int8 as total
from pg_catalog.pg_stat_progress_vacuum as p
union all
select
    'analyze' as command,
    p.pid,
    p.datname as database,
    coalesce(p.relid, 0)::int8 as relation,
    0::int8 as index,
    p.phase as phase,
    p.sample_blks_scanned::int8 as done,
    p.sample_blks_total::int8 as total
from pg_catalog.pg_stat_progress_analyze as p
union all
select
    'create index' as command,
    p.pid,
    p.datname as database,
    coalesce(p.relid, 0)::int8 as relation,
    coalesce(p.index_relid, 0)::int8 as index,
    p.phase as phase,
    p.blocks_done::int8 as done,
    p.blocks_total::int8 as total
from pg_catalog.pg_stat_progress_create_index as p
union all
select
    'cluster' as command,
    p.pid,
    p.datname as database,
    coalesce(p.relid, 0)::int8 as relation,
    coalesce(p.cluster_index_relid, 0)::int8 as index,
    p.phase as phase,
    p.heap_blks_scanned::int8 as done,
    p.heap_blks_total::int8 as total
from pg_catalog.pg_stat_progress_cluster as p
union all
select
    'copy' as command,
    p.pid,
    p.datname as database,
    coalesce(p.relid, 0)::int8 as relation,
    0::int8 as index,
    null::text as phase,
    p.bytes_processed::int8 as done,
    p.bytes_total::int8 as total
from pg_catalog.pg_stat_progress_copy as p
