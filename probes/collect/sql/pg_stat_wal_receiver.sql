-- Of the connection string only sslmode is kept; the view hides passwords, we keep nothing else of it. Over a socket of
-- the machine there is no TLS, whatever the mode.
select
    w.pid is not null as is_streaming,
    pg_catalog.pg_is_wal_replay_paused() as replay_paused,
    case
        when pg_catalog.pg_last_wal_receive_lsn() = pg_catalog.pg_last_wal_replay_lsn() then 0
        else extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp())
    end::float8 as replay_delay_seconds,
    pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())::int8
        as receive_lag_bytes,
    case when w.sender_host not like '/%' then pg_catalog.substring(w.conninfo, 'sslmode=(\S+)') end as conninfo_sslmode
from (select 1) as one (row)
left join pg_catalog.pg_stat_wal_receiver as w on true
where pg_catalog.pg_is_in_recovery()
