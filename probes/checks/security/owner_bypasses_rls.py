"""Table whose policies do not bind its owner, who logs in.

What: Row level security is on but not forced, and the owner of the table is a role that one can log in as, or that an
application role can become.

Why it matters: The owner of a table is not subject to its policies unless they are forced. An application that owns
its tables, as most frameworks leave it, runs with no policy at all. Everything seems to work, until two tenants
compare.

When it is harmless: The owner logs in for migrations only, and the application comes as another role. The finding is
milder where another exposed role has grants on the table, for that points to such a division of labour.

How to fix it safely: FORCE takes effect for the next statement. Look first at what runs as the owner: its maintenance
jobs will see only rows that a policy shows it, and pg_dump as the owner stops with an error. Handing the table to a
role that cannot log in, and that the application is no member of, is the cleaner end.

How it is decided: relrowsecurity is true and relforcerowsecurity false; an exposed role is the owner, inherits it or
can SET ROLE to it. Owners that are superusers or have BYPASSRLS are left to security/many_superusers and
security/bypassrls_role: FORCE would not bind them. A partition is told with its root.

Known limits: Which role the application really logs in as is not known to the server.

Sources: https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgInherits
from probes.check import Needs, check
from probes.checks._support.exposure import EXPOSURE, Exposure, ExposureAt, exposure_of
from probes.checks._support.refs import relation_ref
from probes.finding import Fix, Observed, Severity


@check(
    title="Owner who logs in is not bound by the policies",
    severity=Severity.HIGH,
    needs=Needs(areas=(*EXPOSURE, PgInherits)),
    thresholds=ExposureAt,
    sources=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
    aliases=("security/rls_not_forced",),
)
def owner_bypasses_rls(catalog: Catalog, at: ExposureAt) -> Iterator[Observed]:
    """Yield each protected table whose owner an exposed role is or can become."""
    exposure = exposure_of(catalog, at)
    for table in catalog.tables:
        if _evaders(table, exposure) and not (table.row.is_partition and _evaders(table.root, exposure)):
            yield _observed(table, exposure)


def _evaders(table: Relation, exposure: Exposure) -> tuple[str, ...]:
    """Exposed roles that act as the owner of a protected table."""
    if not table.row.row_security or table.row.force_row_security:
        return ()
    return tuple(role.name for role in exposure.roles if table.row.owner in role.holds)


def _observed(table: Relation, exposure: Exposure) -> Observed:
    owner = table.owner.name if table.owner else "its owner"
    evaders = _evaders(table, exposure)
    others = exposure.on(table)
    way = "logs in" if owner in evaders else f"is within reach of {', '.join(evaders[:3])}"
    return Observed(
        object=relation_ref(table),
        message=f"policies of {table.qualified_name} do not bind its owner {owner}, who {way}: FORCE is off",
        evidence={"owner": owner, "roles": evaders, "other_exposed_roles": tuple(sorted(others))},
        remedy=Fix(
            sql=(f"alter table {table.sql} force row level security",),
            changes=("pg_class",),
            note=f"Jobs that run as {owner} will see only what the policies show it; pg_dump as {owner} will refuse.",
        ),
        severity=Severity.MEDIUM if others and owner in evaders else None,
    )
