"""Schema whose next table nobody will be able to use.

What: Every table of a schema is granted to a role, but no default privileges say that the next one will be.

Why it matters: The migration that adds a table works, and the application fails with "permission denied" as soon as it
touches it. The repair is often a hasty GRANT ALL.

When it is harmless: Every migration grants what it creates, as some tools do.

How to fix it safely: ALTER DEFAULT PRIVILEGES for the role that creates the tables. It changes nothing that exists.

How it is decided: Three or more tables of one owner in the schema all give the same privileges to one role, and there
is no entry for tables of that owner, for the schema or for all of them.

Known limits: Tables that another role creates need an entry of their own.

Sources: https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgDefaultAcl, PgRole
from probes.check import Needs, Thresholds, check
from probes.checks._support.refs import SCOPE
from probes.finding import Fix, ObjectRef, Observed, Severity

_FEWEST_TABLES = 3


@check(
    title="No default privileges where every table is granted",
    severity=Severity.INFO,
    needs=Needs(areas=(*SCOPE, PgRole, PgDefaultAcl)),
    sources=("https://www.postgresql.org/docs/current/sql-alterdefaultprivileges.html",),
    pedantic=True,
)
def no_default_privileges(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each schema whose grants the next table would lack."""
    groups: dict[tuple[int, int], list[Relation]] = {}
    for table in catalog.tables:
        if not table.row.is_partition:
            groups.setdefault((table.row.namespace, table.row.owner), []).append(table)
    covered = {(row.role, row.namespace) for row in catalog.rows(PgDefaultAcl) if row.object_kind == "r"}
    for (namespace, owner), tables in groups.items():
        common = _common(tables) if len(tables) >= _FEWEST_TABLES else {}
        if common and not covered & {(owner, namespace), (owner, 0)}:
            yield _observed(tables, common)


def _common(tables: list[Relation]) -> dict[str, frozenset[str]]:
    """Privileges that every one of the tables gives, by grantee as SQL."""
    found: dict[int, frozenset[str]] | None = None
    for table in tables:
        held: dict[int, set[str]] = {}
        for grant in table.grants:
            if grant.grantee != table.row.owner:
                held.setdefault(grant.grantee, set()).add(grant.privilege)
        found = {
            grantee: frozenset(held.get(grantee, set())) & privileges
            for grantee, privileges in (found or {one: frozenset(two) for one, two in held.items()}).items()
        }
    catalog = tables[0].catalog
    named = {(role.name if (role := catalog.role(oid)) else None): held for oid, held in (found or {}).items()}
    return {quoted(name) if name else "public": held for name, held in named.items() if held}


def _observed(tables: list[Relation], common: dict[str, frozenset[str]]) -> Observed:
    schema, owner = tables[0].schema, tables[0].owner
    start = f"alter default privileges for role {quoted(owner.name) if owner else 'current_user'}"
    return Observed(
        object=ObjectRef("schema", schema),
        message=(
            f"all {len(tables)} tables of schema {schema} are granted to {', '.join(sorted(common))}; "
            "the next one will not be"
        ),
        evidence={"tables": len(tables), "grantees": tuple(sorted(common))},
        remedy=Fix(
            sql=tuple(
                f"{start} in schema {quoted(schema)} grant {', '.join(sorted(held)).lower()} on tables to {grantee}"
                for grantee, held in sorted(common.items())
            ),
            changes=("pg_default_acl",),
        ),
        key=(owner.name if owner else "",),
    )
