select
    l.oid::int8 as oid,
    l.lanname as name,
    l.lanowner::int8 as owner,
    l.lanpltrusted as trusted,
    l.lanacl::text[] as acl
from pg_catalog.pg_language as l
