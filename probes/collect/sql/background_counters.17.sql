select
    c.num_timed as timed,
    c.num_requested as requested,
    c.write_time as write_ms,
    c.sync_time as sync_ms,
    c.buffers_written,
    null::int8 as buffers_backend,
    b.maxwritten_clean,
    null::float8 as last_checkpoint_at,
    a.archived_count as archived,
    extract(epoch from a.last_archived_time)::float8 as last_archived_at,
    a.failed_count as archive_failures,
    extract(epoch from a.last_failed_time)::float8 as last_archive_failure_at,
    extract(epoch from c.stats_reset)::float8 as stats_reset_at
from pg_catalog.pg_stat_checkpointer as c
cross join pg_catalog.pg_stat_bgwriter as b
cross join pg_catalog.pg_stat_archiver as a
