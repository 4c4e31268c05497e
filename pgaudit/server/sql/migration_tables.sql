/* pgaudit */
-- where migration tools keep what they have applied; told apart by their columns elsewhere
select
    pg_catalog.quote_ident(n.nspname) as schema_name,
    pg_catalog.quote_ident(c.relname) as table_name,
    pg_catalog.has_schema_privilege(n.oid, 'USAGE') as schema_usable,
    pg_catalog.has_table_privilege(c.oid, 'SELECT') as selectable
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p')
    and n.nspname !~ '^pg_'
    and c.relname in (
        '_prisma_migrations', '__drizzle_migrations', 'schema_migrations', 'flyway_schema_history', 'databasechangelog',
        'goose_db_version', 'atlas_schema_revisions', '_sqlx_migrations', '__diesel_schema_migrations',
        'alembic_version', 'django_migrations', 'knex_migrations', 'SequelizeMeta', 'mikro_orm_migrations',
        'kysely_migration', 'pgmigrations', '__EFMigrationsHistory'
    )
order by n.nspname, c.relname
