select
    b.checkpoints_timed as timed,
    b.checkpoints_req as requested,
    b.checkpoint_write_time as write_ms,
    b.checkpoint_sync_time as sync_ms,
    b.buffers_checkpoint as buffers_written,
    b.buffers_backend,
    b.maxwritten_clean,
    null::float8 as last_checkpoint_at,
    a.archived_count as archived,
    extract(epoch from a.last_archived_time)::float8 as last_archived_at,
    a.failed_count as archive_failures,
    extract(epoch from a.last_failed_time)::float8 as last_archive_failure_at,
    extract(epoch from b.stats_reset)::float8 as stats_reset_at
from pg_catalog.pg_stat_bgwriter as b
cross join pg_catalog.pg_stat_archiver as a
