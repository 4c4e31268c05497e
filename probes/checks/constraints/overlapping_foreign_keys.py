"""Foreign keys that overlap.

What: Two foreign keys of a table point to the same table and share some of their columns, but not all.

Why it matters: Where the columns of one contain those of the other, the narrow key says nothing that the wide one does
not say for rows without nulls, and each write pays for both. Where they only cross, the shared column is bound by two
rules, and ON DELETE SET NULL of one breaks the other.

When it is harmless: Several references within a tenant, such as a buyer and a seller, share the tenant's column and
cross; that is good design and is not reported. A narrow key beside a wide one with nullable columns still holds when
the wide one is silent.

How to fix it safely: If the columns of the wide key are all NOT NULL, drop the narrow one. Otherwise make them NOT
NULL, or MATCH FULL, first.

How it is decided: Both keys reference the same table from the same table, and the column pairs of one are a proper
subset of those of the other.

Known limits: Keys that cross without one containing the other are never reported.

Sources: https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-REFERENCES
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import ForeignKey
from probes.catalog.rows import PgAttribute, PgConstraint
from probes.check import Needs, check
from probes.checks._support.foreign_keys import pairs_of, parallel_keys
from probes.checks._support.refs import SCOPE, constraint_ref
from probes.finding import Advice, Fix, Observed, Severity


@check(
    title="Foreign key that a wider one contains",
    severity=Severity.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint)),
    sources=("https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARMS-REFERENCES",),
)
def overlapping_foreign_keys(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each foreign key whose pairs of columns are part of another one's."""
    for group in parallel_keys(catalog):
        for narrow in group:
            wide = next((other for other in group if pairs_of(narrow) < pairs_of(other)), None)
            if wide:
                yield _observed(narrow, wide)


def _observed(narrow: ForeignKey, wide: ForeignKey) -> Observed:
    table = narrow.referencing
    columns = [table.column(number) for number in wide.row.columns]
    always_checked = wide.row.match == "f" or all(column and column.row.not_null for column in columns)
    always_checked = always_checked and wide.row.enforced and wide.row.validated
    return Observed(
        object=constraint_ref(narrow),
        message=(
            f"foreign key {narrow.name} of {table.qualified_name} is contained in {wide.name}"
            f"{': it adds nothing' if always_checked else ', except for rows with nulls'}"
        ),
        evidence={"wider_constraint": wide.name, "wider_constraint_always_checks": always_checked},
        remedy=_remedy(narrow, wide) if always_checked else _advice(wide),
        severity=None if always_checked else Severity.INFO,
    )


def _remedy(narrow: ForeignKey, wide: ForeignKey) -> Fix | Advice:
    if narrow.row.on_delete != wide.row.on_delete:
        return Advice(
            f"{narrow.name} and {wide.name} act differently when a row is deleted: which one is meant is yours to say."
        )
    return Fix(
        sql=(f"alter table {narrow.referencing.sql} drop constraint {narrow.sql}",),
        changes=("pg_constraint", "pg_trigger", "pg_description"),
    )


def _advice(wide: ForeignKey) -> Advice:
    return Advice(
        f"Rows with a null in {', '.join(wide.column_names)} are checked by the narrow key only. Whether such rows may "
        "exist is not in the catalog: if not, make the columns NOT NULL and drop the narrow key."
    )
