-- From 17 on the NOT NULL of a domain is a constraint: pg_type.typnotnull says the same.
select
    c.oid::int8 as oid,
    c.conname as name,
    c.connamespace::int8 as namespace,
    c.contype as kind,
    c.conrelid::int8 as relation,
    c.contypid::int8 as type,
    c.conindid::int8 as index,
    c.conparentid::int8 as parent,
    c.confrelid::int8 as referenced,
    c.conkey as columns,
    c.confkey as referenced_columns,
    c.confupdtype as on_update,
    c.confdeltype as on_delete,
    c.confmatchtype as match,
    c.condeferrable as deferrable,
    c.condeferred as initially_deferred,
    c.convalidated as validated,
    true as enforced,
    c.connoinherit as no_inherit,
    c.coninhcount::int4 as inherited_count,
    c.conislocal as is_local,
    c.confdelsetcols as on_delete_columns,
    false as without_overlaps,
    pg_catalog.md5(c.conbin::text) as expression_digest
from pg_catalog.pg_constraint as c
where c.oid >= 16384 and c.contype <> 'n'
