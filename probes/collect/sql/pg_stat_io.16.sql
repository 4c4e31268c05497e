select
    i.backend_type,
    i.object,
    i.context,
    i.reads,
    i.writes,
    i.extends,
    i.hits,
    i.evictions,
    i.fsyncs
from pg_catalog.pg_stat_io as i
where coalesce(i.reads, 0) + coalesce(i.writes, 0) + coalesce(i.extends, 0) + coalesce(i.hits, 0) > 0
