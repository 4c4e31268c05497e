"""Settings bound to roles and databases.

What: A list of the settings that a role, this database, or both bring along.

Why it matters: They decide what a session really gets and are on nobody's list: a configuration file is read, reviewed
and versioned, ALTER ROLE ... SET is not.

When it is harmless: Information only.

How to fix it safely: ALTER ROLE or ALTER DATABASE ... RESET for those that nobody can explain; new sessions go
without.

How it is decided: pg_db_role_setting for this database and for all. Values are not repeated here.

Known limits: Entries of other databases belong to their own scans.

Sources: https://www.postgresql.org/docs/current/catalog-pg-db-role-setting.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgDbRoleSetting, PgRole
from probes.check import Needs, Thresholds, check
from probes.checks._support.server_refs import database_ref, role_ref
from probes.finding import Advice, Observed, Severity


@check(
    title="Settings bound to roles or databases",
    severity=Severity.INFO,
    needs=Needs(areas=(PgDbRoleSetting, PgRole)),
    sources=("https://www.postgresql.org/docs/current/catalog-pg-db-role-setting.html",),
    pedantic=True,
)
def role_or_database_overrides(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each role, or the database, that brings settings along."""
    for row in catalog.rows(PgDbRoleSetting):
        if row.database not in {0, catalog.server.database_oid}:
            continue
        role = catalog.role(row.role)
        names = tuple(sorted(assignment.partition("=")[0] for assignment in row.settings))
        owner = f"role {role.name}" if role else f"database {catalog.server.database}"
        yield Observed(
            object=role_ref(role.name) if role else database_ref(catalog),
            message=f"{owner} has settings of its own: {', '.join(names)}",
            evidence={"settings": names, "in_this_database_only": bool(row.database)},
            remedy=Advice("Keep those that somebody can explain. Which they are the catalog does not tell."),
            key=("this database",) if row.database else (),
        )
