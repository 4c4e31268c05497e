-- Option values may be passwords: only names are read, and of user mappings only where the view shows them.
select
    s.oid::int8 as oid,
    s.srvname as name,
    s.srvowner::int8 as owner,
    w.fdwname as wrapper,
    array(select pg_catalog.split_part(o.option, '=', 1) from pg_catalog.unnest(s.srvoptions) as o (option)) as option_names,
    array(
        select distinct pg_catalog.split_part(o.option, '=', 1)
        from pg_catalog.pg_user_mappings as m
        cross join lateral pg_catalog.unnest(m.umoptions) as o (option)
        where m.srvid = s.oid
        order by 1
    ) as mapping_option_names,
    s.srvacl::text[] as acl
from pg_catalog.pg_foreign_server as s
inner join pg_catalog.pg_foreign_data_wrapper as w on w.oid = s.srvfdw
