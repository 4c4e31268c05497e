-- Query texts stay where they are. pg_blocking_pids() is asked only for those who wait for a lock: it stops the lock
-- table for a moment.
select
    a.pid,
    a.datname as database,
    a.usesysid::int8 as role,
    a.application_name,
    a.backend_type,
    a.state,
    a.wait_event_type,
    a.wait_event,
    extract(epoch from pg_catalog.clock_timestamp() - a.backend_start)::float8 as backend_age_seconds,
    extract(epoch from pg_catalog.clock_timestamp() - a.xact_start)::float8 as transaction_age_seconds,
    extract(epoch from pg_catalog.clock_timestamp() - a.query_start)::float8 as query_age_seconds,
    extract(epoch from pg_catalog.clock_timestamp() - a.state_change)::float8 as state_age_seconds,
    pg_catalog.age(a.backend_xid) as xid_age,
    pg_catalog.age(a.backend_xmin) as xmin_age_xids,
    a.client_addr is not null as is_remote,
    s.ssl as uses_tls,
    case when a.wait_event_type = 'Lock' then pg_catalog.pg_blocking_pids(a.pid) else '{}' end as blocked_by,
    a.query is distinct from '<insufficient privilege>' as visible
from pg_catalog.pg_stat_activity as a
left join pg_catalog.pg_stat_ssl as s on s.pid = a.pid
where a.pid <> pg_catalog.pg_backend_pid()
