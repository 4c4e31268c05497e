select
    p.oid::int8 as oid,
    p.polname as name,
    p.polrelid::int8 as relation,
    p.polcmd as command,
    p.polpermissive as permissive,
    p.polroles::int8[] as roles,
    pg_catalog.md5(p.polqual::text) as using_digest,
    pg_catalog.md5(p.polwithcheck::text) as check_digest
from pg_catalog.pg_policy as p
where p.polrelid >= 16384
