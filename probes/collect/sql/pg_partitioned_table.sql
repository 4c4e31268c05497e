select
    p.partrelid::int8 as relation,
    p.partstrat as strategy,
    p.partattrs::int2[] as columns,
    p.partclass::int8[] as operator_classes,
    p.partcollation::int8[] as collations,
    p.partdefid::int8 as default_partition,
    pg_catalog.md5(p.partexprs::text) as expressions_digest
from pg_catalog.pg_partitioned_table as p
where p.partrelid >= 16384
