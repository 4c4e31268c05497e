-- Members of extensions; sequences owned by columns; what views, policies, defaults, triggers and SQL bodies mention.
select
    case d.classid
        when 1259 then 'pg_class'
        when 1255 then 'pg_proc'
        when 1247 then 'pg_type'
        when 2618 then 'pg_rewrite'
        when 2604 then 'pg_attrdef'
        when 3256 then 'pg_policy'
        when 2615 then 'pg_namespace'
        when 2606 then 'pg_constraint'
        when 2620 then 'pg_trigger'
        else d.classid::text
    end as catalog,
    d.objid::int8 as object,
    d.objsubid as sub_object,
    case d.refclassid
        when 1259 then 'pg_class'
        when 1255 then 'pg_proc'
        when 1247 then 'pg_type'
        when 3079 then 'pg_extension'
        else d.refclassid::text
    end as referenced_catalog,
    d.refobjid::int8 as referenced,
    d.refobjsubid as referenced_column,
    d.deptype as kind
from pg_catalog.pg_depend as d
where d.deptype = 'e'
    or (
        d.classid = 1259 and d.refclassid = 1259 and d.deptype in ('a', 'i') and d.refobjsubid > 0
        and d.objid in (select s.seqrelid from pg_catalog.pg_sequence as s)
    )
    or (d.classid in (2618, 3256) and d.refclassid in (1259, 1255) and d.objid >= 16384)
    or (d.classid = 2604 and d.deptype = 'n' and d.refclassid = 1259)
    or (d.classid in (2604, 1259, 2606) and d.refclassid = 1255)
    or (d.classid = 2620 and d.refclassid = 1259 and d.refobjsubid > 0)
    or (d.classid = 1255 and d.refclassid in (1259, 1255) and d.objid >= 16384 and d.deptype = 'n')
    or (d.classid in (2604, 2606, 2618, 3256) and d.refclassid = 1247 and d.refobjid >= 16384)
