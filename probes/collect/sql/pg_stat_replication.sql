select
    r.application_name,
    r.state,
    r.sync_state,
    pg_catalog.age(r.backend_xmin) as xmin_age_xids,
    pg_catalog.pg_wal_lsn_diff(w.lsn, r.sent_lsn)::int8 as sent_lag_bytes,
    pg_catalog.pg_wal_lsn_diff(w.lsn, r.flush_lsn)::int8 as flush_lag_bytes,
    pg_catalog.pg_wal_lsn_diff(w.lsn, r.replay_lsn)::int8 as replay_lag_bytes,
    extract(epoch from r.replay_lag)::float8 as replay_lag_seconds
from pg_catalog.pg_stat_replication as r
cross join (
    select
        case
            when pg_catalog.pg_is_in_recovery()
                then coalesce(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())
            else pg_catalog.pg_current_wal_lsn()
        end as lsn
) as w
order by r.application_name
