select
    d.oid::int8 as oid,
    d.defaclrole::int8 as role,
    d.defaclnamespace::int8 as namespace,
    d.defaclobjtype as object_kind,
    d.defaclacl::text[] as acl
from pg_catalog.pg_default_acl as d
