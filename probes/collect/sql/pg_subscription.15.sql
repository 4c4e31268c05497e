select
    s.oid::int8 as oid,
    s.subname as name,
    s.subowner::int8 as owner,
    s.subenabled as enabled,
    s.subslotname as slot_name,
    s.subpublications as publications,
    t.apply_error_count as apply_errors,
    t.sync_error_count as sync_errors,
    (
        select pg_catalog.count(*)::int4
        from pg_catalog.pg_subscription_rel as r
        where r.srsubid = s.oid and r.srsubstate <> 'r'
    ) as relations_not_ready
from pg_catalog.pg_subscription as s
inner join pg_catalog.pg_database as d on d.oid = s.subdbid and d.datname = pg_catalog.current_database()
left join pg_catalog.pg_stat_subscription_stats as t on t.subid = s.oid
