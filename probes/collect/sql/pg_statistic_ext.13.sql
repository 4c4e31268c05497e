select
    s.oid::int8 as oid,
    s.stxname as name,
    s.stxnamespace::int8 as namespace,
    s.stxowner::int8 as owner,
    s.stxrelid::int8 as relation,
    s.stxkind::text[] as kinds,
    s.stxkeys::int2[] as columns,
    false as has_expressions
from pg_catalog.pg_statistic_ext as s
