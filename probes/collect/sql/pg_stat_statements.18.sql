select
    s.queryid as query_id,
    s.userid::int8 as role,
    s.query as text,
    s.toplevel as top_level,
    s.calls,
    s.total_exec_time as total_exec_ms,
    s.mean_exec_time as mean_exec_ms,
    s.max_exec_time as max_exec_ms,
    s.stddev_exec_time as stddev_exec_ms,
    s.total_plan_time as total_plan_ms,
    s.rows,
    s.shared_blks_hit as shared_blocks_hit,
    s.shared_blks_read as shared_blocks_read,
    s.temp_blks_written as temp_blocks_written,
    s.wal_bytes::int8 as wal_bytes,
    s.jit_generation_time + s.jit_inlining_time + s.jit_optimization_time + s.jit_emission_time as jit_ms,
    s.parallel_workers_to_launch as parallel_workers_to_launch,
    s.parallel_workers_launched as parallel_workers_launched
from {statements_schema}.pg_stat_statements as s
inner join pg_catalog.pg_database as d on d.oid = s.dbid and d.datname = pg_catalog.current_database()
where (s.query like '%/* pgaudit */%') is not true
