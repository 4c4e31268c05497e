select
    pg_catalog.current_setting('server_version_num')::int4 as version_num,
    pg_catalog.current_setting('server_version') as version,
    d.datname as database,
    d.oid::int8 as database_oid,
    current_user::text as role,
    r.oid::int8 as role_oid,
    r.rolsuper as superuser,
    pg_catalog.pg_is_in_recovery() as in_recovery,
    pg_catalog.current_setting('block_size')::int4 as block_size,
    pg_catalog.current_setting('max_identifier_length')::int4 as max_identifier_length,
    pg_catalog.pg_encoding_to_char(d.encoding) as encoding,
    extract(epoch from pg_catalog.clock_timestamp())::float8 as collected_at,
    extract(epoch from pg_catalog.pg_postmaster_start_time())::float8 as started_at,
    extract(epoch from pg_catalog.pg_stat_get_db_stat_reset_time(d.oid))::float8 as stats_reset_at,
    (
        select n.nspname
        from pg_catalog.pg_extension as e
        inner join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
        where e.extname = 'pg_stat_statements'
    ) as statements_schema,
    array(
        select distinct pg_catalog.split_part(s.name, '.', 1)
        from pg_catalog.pg_settings as s
        where pg_catalog.strpos(s.name, '.') > 0
    ) as setting_prefixes,
    array(select p.rolname::text from pg_catalog.pg_roles as p) as role_names,
    array(select n.nspname::text from pg_catalog.pg_namespace as n where n.nspname = 'heroku_ext') as marker_schemas,
    -- Not current_setting(): we have set both for ourselves.
    (select s.reset_val from pg_catalog.pg_settings as s where s.name = 'search_path') as search_path,
    (select s.reset_val from pg_catalog.pg_settings as s where s.name = 'TimeZone') as timezone,
    array(select m.oid::int8 || ' ' || m.amname from pg_catalog.pg_am as m) as access_methods
from pg_catalog.pg_database as d
inner join pg_catalog.pg_roles as r on r.rolname = current_user
where d.datname = pg_catalog.current_database()
