-- Row types of tables and arrays of them are left out: there are two for every table.
select
    t.oid::int8 as oid,
    t.typname as name,
    t.typnamespace::int8 as namespace,
    t.typowner::int8 as owner,
    t.typtype as kind,
    t.typcategory as category,
    t.typbasetype::int8 as base_type,
    t.typtypmod as typmod,
    t.typnotnull as not_null,
    t.typndims as dimensions,
    t.typcollation::int8 as collation,
    t.typelem::int8 as element,
    t.typarray::int8 as array,
    t.typrelid::int8 as relation,
    t.typlen::int4 as length,
    t.typbyval as by_value,
    t.typalign as alignment,
    t.typstorage as storage,
    t.typdefault as default,
    coalesce(r.rngsubtype, 0)::int8 as range_subtype,
    coalesce(
        (
            select pg_catalog.array_agg(e.enumlabel::text order by e.enumsortorder)
            from pg_catalog.pg_enum as e
            where t.typtype = 'e' and e.enumtypid = t.oid
        ),
        '{}'
    ) as labels,
    t.typacl::text[] as acl
from pg_catalog.pg_type as t
left join pg_catalog.pg_class as c on c.oid = t.typrelid
left join pg_catalog.pg_type as element on element.oid = t.typelem
left join pg_catalog.pg_class as element_class on element_class.oid = element.typrelid
left join pg_catalog.pg_range as r on r.rngtypid = t.oid
where (c.oid is null or c.relkind = 'c')
    and (element_class.oid is null or element_class.relkind = 'c')
    and t.typnamespace not in (select n.oid from pg_catalog.pg_namespace as n where n.nspname like 'pg\_temp\_%')
