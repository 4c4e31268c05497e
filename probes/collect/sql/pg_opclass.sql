select
    o.oid::int8 as oid,
    o.opcname as name,
    o.opcnamespace::int8 as namespace,
    m.amname as method,
    o.opcfamily::int8 as family,
    o.opcintype::int8 as input_type,
    o.opcdefault as is_default
from pg_catalog.pg_opclass as o
inner join pg_catalog.pg_am as m on m.oid = o.opcmethod
