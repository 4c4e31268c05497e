-- Distances are measured from the WAL this node writes, or on a standby from what it has received.
select
    s.slot_name as name,
    s.plugin,
    s.slot_type as type,
    s.database,
    s.temporary,
    s.active,
    pg_catalog.age(s.xmin) as xmin_age_xids,
    pg_catalog.age(s.catalog_xmin) as catalog_xmin_age_xids,
    pg_catalog.pg_wal_lsn_diff(
        case
            when pg_catalog.pg_is_in_recovery()
                then coalesce(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
            else pg_catalog.pg_current_wal_lsn()
        end,
        s.restart_lsn
    )::int8 as retained_bytes,
    s.wal_status,
    s.safe_wal_size as safe_wal_bytes,
    s.two_phase as two_phase,
    null::float8 as inactive_since,
    s.conflicting as conflicting,
    null::text as invalidation_reason,
    null::bool as failover,
    null::bool as synced
from pg_catalog.pg_replication_slots as s
order by s.slot_name
