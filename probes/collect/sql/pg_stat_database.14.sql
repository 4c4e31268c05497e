select
    d.datid::int8 as database,
    d.datname as name,
    coalesce(d.numbackends, 0) as backends,
    d.xact_commit as commits,
    d.xact_rollback as rollbacks,
    d.blks_read as blocks_read,
    d.blks_hit as blocks_hit,
    d.deadlocks,
    d.conflicts,
    d.temp_files,
    d.temp_bytes,
    d.checksum_failures,
    d.sessions,
    d.sessions_abandoned,
    d.sessions_fatal,
    d.sessions_killed,
    d.session_time as session_ms,
    d.idle_in_transaction_time as idle_in_transaction_ms,
    extract(epoch from d.stats_reset)::float8 as stats_reset_at
from pg_catalog.pg_stat_database as d
order by d.datid
