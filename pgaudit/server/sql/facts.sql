/* pgaudit */
select
    pg_catalog.current_setting('server_version_num')::pg_catalog.int4 as version_num,
    pg_catalog.current_setting('server_version') as version,
    pg_catalog.version() as version_text,
    pg_catalog.current_database()::pg_catalog.text as database,
    current_user::pg_catalog.text as role,
    coalesce(r.rolsuper, false) as superuser,
    coalesce(r.rolbypassrls, false) as bypasses_rls,
    array(
        select m.rolname::pg_catalog.text
        from pg_catalog.pg_roles as m
        -- predefined roles and those that managed services give to their administrators; a server may have 100,000 others
        where (m.rolname ~ '^pg_' or m.rolname = any(%(administrators)s::pg_catalog.text[]))
            and pg_catalog.pg_has_role(current_user, m.oid, 'USAGE')
        order by m.rolname
    ) as memberships,
    pg_catalog.pg_is_in_recovery() as in_recovery,
    extract(epoch from pg_catalog.clock_timestamp())::pg_catalog.float8 as observed_at,
    extract(epoch from pg_catalog.pg_postmaster_start_time())::pg_catalog.float8 as started_at,
    (
        select extract(epoch from d.stats_reset)::pg_catalog.float8
        from pg_catalog.pg_stat_database as d
        where d.datname = pg_catalog.current_database()
    ) as stats_reset_at,
    array(
        select distinct pg_catalog.split_part(s.name, '.', 1)
        from pg_catalog.pg_settings as s
        where s.name ~ '[.]'
        order by 1
    ) as setting_prefixes,
    array(
        select m.rolname::pg_catalog.text
        from pg_catalog.pg_roles as m
        where m.rolname = any(%(markers)s::pg_catalog.text[])
        order by m.rolname
    ) as marker_roles,
    array(
        select n.nspname::pg_catalog.text
        from pg_catalog.pg_namespace as n
        where n.nspname = 'heroku_ext'
    ) as marker_schemas,
    nullif(pg_catalog.current_setting('pgaudit.role', true), '') as object_audit_role,
    exists (
        select
        from pg_catalog.pg_roles as m
        where m.rolname = nullif(pg_catalog.current_setting('pgaudit.role', true), '')
            -- pg_has_role calls a superuser a member of everything
            and (m.rolname = current_user or (not r.rolsuper and pg_catalog.pg_has_role(current_user, m.oid, 'MEMBER')))
    ) as is_object_audit_role,
    pg_catalog.inet_server_port() as server_port,
    pg_catalog.pg_backend_pid() as backend_pid
from (values (current_user)) as me (rolname)
left join pg_catalog.pg_roles as r on r.rolname = me.rolname
