"""Which schemas an audit is about, which roles it calls the application's, and how it tells tenants apart."""

from __future__ import annotations

import fnmatch

import msgspec

MANAGED_SCHEMAS = (
    "_timescaledb_*",
    "timescaledb_*",
    "_realtime",
    "auth",
    "cron",
    "graphql",
    "graphql_public",
    "net",
    "partman",
    "pgbouncer",
    "pgmq",
    "pgsodium",
    "pgsodium_masks",
    "pgtle",
    "realtime",
    "repack",
    "storage",
    "supabase_functions",
    "supabase_migrations",
    "tiger",
    "tiger_data",
    "topology",
    "vault",
)
"""Schemas that an extension or a platform owns: their faults are not the user's to mend."""


class Scope(msgspec.Struct, frozen=True):
    """Globs over schema names, as pg_dump's -n and -N take them, and over `schema.table` names."""

    include_schemas: tuple[str, ...] = ()
    exclude_schemas: tuple[str, ...] = MANAGED_SCHEMAS
    exclude_tables: tuple[str, ...] = ()
    application_roles: tuple[str, ...] = ()
    """Roles that the application's users act as: exposed, and of low privilege. Checks of exposure add the ones that
    are known by name (`anon`, `authenticated`) and PUBLIC."""
    tenant_column: str | None = None
    """The column that tells tenants apart; None where it is to be inferred."""
    tenant_schema_pattern: str | None = None
    """A glob over schemas of which each is one tenant's; None where that is to be inferred."""

    def covers_schema(self, name: str) -> bool:
        """Whether objects of this schema are audited. A schema named in `include_schemas` wins over an exclusion."""
        if self.include_schemas:
            return _matches(name, self.include_schemas)
        return not _matches(name, self.exclude_schemas)

    def covers_table(self, qualified_name: str) -> bool:
        """Whether the table `schema.name` is audited, its schema being covered."""
        return not _matches(qualified_name, self.exclude_tables)


def _matches(name: str, globs: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, glob) for glob in globs)
