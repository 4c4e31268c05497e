select
    case d.classoid
        when 1259 then 'pg_class'
        when 1255 then 'pg_proc'
        when 1247 then 'pg_type'
        when 2606 then 'pg_constraint'
        when 2615 then 'pg_namespace'
        when 2620 then 'pg_trigger'
        when 3256 then 'pg_policy'
        else d.classoid::text
    end as catalog,
    d.objoid::int8 as object,
    d.objsubid as column,
    d.description as text
from pg_catalog.pg_description as d
where d.objoid >= 16384 or (d.classoid = 2615 and d.objoid = 2200)
