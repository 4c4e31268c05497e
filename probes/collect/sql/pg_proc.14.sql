select
    p.oid::int8 as oid,
    p.proname as name,
    p.pronamespace::int8 as namespace,
    p.proowner::int8 as owner,
    l.lanname as language,
    p.prokind as kind,
    p.prosecdef as security_definer,
    p.proleakproof as leakproof,
    p.proisstrict as strict,
    p.proretset as returns_set,
    p.provolatile as volatility,
    p.proparallel as parallel,
    p.procost::float8 as cost,
    p.prorows::float8 as rows,
    p.prorettype::int8 as returns,
    coalesce(p.proallargtypes, p.proargtypes::oid[])::int8[] as argument_types,
    p.proargmodes as argument_modes,
    p.proargnames as argument_names,
    p.pronargdefaults::int4 as default_count,
    p.provariadic::int8 as variadic,
    p.proconfig as config,
    case when l.lanname in ('sql', 'plpgsql') and e.objid is null then p.prosrc end as source,
    p.prosqlbody is not null as has_sql_body,
    p.proacl::text[] as acl
from pg_catalog.pg_proc as p
inner join pg_catalog.pg_language as l on l.oid = p.prolang
left join pg_catalog.pg_depend as e
    on e.classid = 1255 and e.objid = p.oid and e.deptype = 'e'
where p.oid >= 16384
    and p.pronamespace not in (select n.oid from pg_catalog.pg_namespace as n where n.nspname like 'pg\_temp\_%')
