-- Shapes only. Names are resolved to oids by the collector: a join by name would cost the server more than the view.
select
    s.schemaname as schema,
    s.tablename as table,
    s.attname as column,
    s.null_frac::float8 as null_fraction,
    s.avg_width as average_width_bytes,
    s.n_distinct::float8 as distinct_values,
    s.correlation::float8 as correlation
from pg_catalog.pg_stats as s
where s.schemaname <> 'pg_catalog' and s.schemaname <> 'information_schema' and not s.inherited
