/* pgaudit */
select
    pg_catalog.quote_ident(current_user) as role,
    -- the settings of a library exist once it is loaded, and unlike shared_preload_libraries anyone may see them
    exists (
        select from pg_catalog.pg_settings as s where s.name = 'pg_stat_statements.max'
    ) as statements_loaded,
    (
        select s.setting from pg_catalog.pg_settings as s where s.name = 'shared_preload_libraries'
    ) as preloaded_libraries,
    exists (
        select from pg_catalog.pg_available_extensions as x where x.name = 'pg_stat_statements'
    ) as statements_available,
    (
        select pg_catalog.quote_ident(n.nspname)
        from pg_catalog.pg_extension as x
        join pg_catalog.pg_namespace as n on n.oid = x.extnamespace
        where x.extname = 'pg_stat_statements'
    ) as statements_schema,
    (
        select pg_catalog.has_schema_privilege(n.oid, 'USAGE')
        from pg_catalog.pg_extension as x
        join pg_catalog.pg_namespace as n on n.oid = x.extnamespace
        where x.extname = 'pg_stat_statements'
    ) as statements_schema_usable,
    (
        select pg_catalog.bool_and(pg_catalog.has_table_privilege(c.oid, 'SELECT'))
        from pg_catalog.pg_extension as x
        join pg_catalog.pg_class as c on c.relnamespace = x.extnamespace and c.relname = 'pg_stat_statements'
        where x.extname = 'pg_stat_statements'
    ) as statements_selectable,
    (
        select
            pg_catalog.has_table_privilege(c.oid, 'SELECT') and (
                select pg_catalog.bool_and(pg_catalog.has_function_privilege(p.oid, 'EXECUTE'))
                from pg_catalog.pg_proc as p
                where p.pronamespace = c.relnamespace and p.proname = 'pg_hba_file_rules'
            )
        from pg_catalog.pg_class as c
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = 'pg_catalog' and c.relname = 'pg_hba_file_rules'
    ) as hba_readable,
    (
        select
            pg_catalog.has_table_privilege(c.oid, 'SELECT') and (
                select pg_catalog.bool_and(pg_catalog.has_function_privilege(p.oid, 'EXECUTE'))
                from pg_catalog.pg_proc as p
                where p.pronamespace = c.relnamespace and p.proname = 'pg_show_all_file_settings'
            )
        from pg_catalog.pg_class as c
        join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
        where n.nspname = 'pg_catalog' and c.relname = 'pg_file_settings'
    ) as file_settings_readable
