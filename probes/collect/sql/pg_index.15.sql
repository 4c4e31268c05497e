-- Joined with pg_class by the collector: the server would hash the wide side and spill it.
select
    i.indexrelid::int8 as oid,
    i.indrelid::int8 as relation,
    i.indkey::int2[] as columns,
    i.indnkeyatts::int4 as key_count,
    i.indclass::int8[] as operator_classes,
    i.indcollation::int8[] as collations,
    i.indoption::int2[] as key_options,
    i.indisunique as unique,
    i.indnullsnotdistinct as nulls_not_distinct,
    i.indisprimary as primary,
    i.indisexclusion as exclusion,
    i.indimmediate as immediate,
    i.indisclustered as clustered,
    i.indisvalid as valid,
    i.indisready as ready,
    i.indislive as live,
    i.indisreplident as is_replica_identity,
    pg_catalog.md5(i.indexprs::text) as expressions_digest,
    pg_catalog.md5(i.indpred::text) as predicate_digest
from pg_catalog.pg_index as i
where i.indrelid >= 16384
