"""Table that exposed roles can use, without row level security.

What: Row level security is off on a table (or partitioned table) that an application role, or everybody, is granted.

Why it matters: Where other tables are kept apart by policies, this one is not: whoever holds the application's
connection, or a key of an API in front of the database, reads or changes the rows of every tenant and every user.

When it is harmless: The rows are the same for everybody, as in a list of countries. A policy `for select using (true)`
says so, and tells the next reader that it was meant.

How to fix it safely: Write the policies first, then enable row level security: without a policy nothing is visible to
anyone but the owner. Try the policies as the application role inside a transaction that you roll back. If the role
needs nothing of the table, revoke the grant instead.

How it is decided: PUBLIC and the roles that count as exposed are asked for SELECT, INSERT, UPDATE and DELETE, by
grants on the table or on single columns, held directly, inherited or gained by SET ROLE, and for USAGE on the schema.
PUBLIC, roles named as `application_roles` and the API roles of Supabase and PostgREST always count; a login role that
was merely recognised counts only in a database that has row level security on some table, for elsewhere the
application keeps its users apart itself. The owner is left out. A partition is reported by itself only where its root
is not.

Known limits: What the rows hold is not known; a table of public data is reported like one of secrets.

Sources: https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgInherits, PgPolicy
from probes.check import Needs, check
from probes.checks._support.exposure import (
    EXPOSURE,
    Exposure,
    ExposureAt,
    Principals,
    as_text,
    exposure_of,
    rls_is_in_use,
)
from probes.checks._support.refs import relation_ref
from probes.finding import Fix, Observed, Severity


@check(
    title="Exposed table without row level security",
    severity=Severity.CRITICAL,
    needs=Needs(areas=(*EXPOSURE, PgInherits, PgPolicy)),
    thresholds=ExposureAt,
    sources=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
)
def rls_disabled_exposed_table(catalog: Catalog, at: ExposureAt) -> Iterator[Observed]:
    """Yield each table without row level security that exposed roles reach."""
    exposure = exposure_of(catalog, at)
    in_use = rls_is_in_use(catalog)
    for table in catalog.tables:
        if table.row.row_security:
            continue
        principals = exposure.on(table)
        counts = bool(principals) and (in_use or exposure.is_named(principals))
        if counts and not _is_told_by_its_root(table, exposure):
            yield _observed(table, principals, exposure)


def _is_told_by_its_root(table: Relation, exposure: Exposure) -> bool:
    if not table.row.is_partition:
        return False
    root = table.root
    return not root.row.row_security and bool(exposure.on(root))


def _observed(table: Relation, principals: Principals, exposure: Exposure) -> Observed:
    privileges = sorted(frozenset[str]().union(*principals.values()))
    exposed_parts = [part for part in _descendants(table) if not part.row.row_security and exposure.on(part)]
    return Observed(
        object=relation_ref(table),
        message=(
            f"{as_text(principals)} can {', '.join(privileges)} every row of {table.qualified_name}: "
            "row level security is off"
        ),
        evidence={
            "roles": tuple(sorted(principals)),
            "privileges": tuple(privileges),
            "policies": len(table.policies),
            "exposed_partitions": tuple(part.qualified_name for part in exposed_parts),
        },
        remedy=Fix(
            sql=tuple(f"alter table {part.sql} enable row level security" for part in (table, *exposed_parts)),
            changes=("pg_class",),
            note=None
            if table.policies
            else "The table has no policy yet: create its policies first, or the application sees no row of it.",
        ),
        severity=None if exposure.is_named(principals) else Severity.HIGH,
    )


def _descendants(table: Relation) -> Iterator[Relation]:
    for child in table.children:
        if child.row.is_partition:
            yield child
            yield from _descendants(child)
