"""Tenant column that may be null.

What: A table has the column that says whose rows it holds, and the column does not have to be filled.

Why it matters: A row without a tenant belongs to nobody. A policy of the form tenant = current tenant hides it from
everyone, an export of one tenant leaves it behind, and a foreign key that includes the tenant is not checked for it at
all: one null switches a composite key off.

When it is harmless: Null says on purpose that all tenants share the row, as with built-in roles or templates. Keeping
such rows in a table of their own makes that visible.

How to fix it safely: A CHECK constraint that is added NOT VALID and validated afterwards reads the table without
blocking writers; SET NOT NULL then believes it and holds its exclusive lock for a moment only. The CHECK has done its
work and goes again.

How it is decided: The tenant column is the configured one, or the one inferred from the names that most tables share,
and every table that has it is looked at, partitions through their root. Names such as account_id or team_id, which
nothing but the name speaks for, make a guess and the finding informational: `[tenancy] column` settles it. The table of
tenants itself is left out. Where ANALYZE saw nulls in it no statement is offered, for only you know whose rows those
are.

Known limits: Where nulls are rare ANALYZE may not have seen them; then VALIDATE says so and nothing has changed but
that a constraint waits for the rows to be mended.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import ColumnStatistics, PgType
from probes.check import Needs, check
from probes.checks._support.refs import column_ref
from probes.checks._support.tenancy import TENANCY, Tenancy, TenancyAt, carriers, tenancy_of
from probes.finding import Advice, Fix, Observed, Severity


@check(
    title="Tenant column that may be null",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*TENANCY, PgType, ColumnStatistics)),
    thresholds=TenancyAt,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL",),
)
def tenant_column_nullable(catalog: Catalog, at: TenancyAt) -> Iterator[Observed]:
    """Yield each nullable tenant column."""
    tenancy = tenancy_of(catalog, at)
    for table in carriers(catalog, tenancy) if tenancy else ():
        column = table.column(tenancy.carriers[table.oid]) if tenancy else None
        if tenancy and column and not column.row.not_null:
            yield _observed(column, tenancy, _null_ratio(column))


def _null_ratio(column: Column) -> float | None:
    for row in column.catalog.grouped(ColumnStatistics, "relation").get(column.row.relation, ()):
        if row.column == column.row.number:
            return row.null_fraction
    return None


def _observed(column: Column, tenancy: Tenancy, null_ratio: float | None) -> Observed:
    table = column.relation
    return Observed(
        object=column_ref(column),
        message=(
            f"tenant column {tenancy.named} of {table.qualified_name} may be null: such a row belongs to nobody, and "
            "foreign keys that include the tenant do not check it"
        ),
        evidence={"tenant_column": tenancy.how, "null_ratio": null_ratio},
        remedy=_remedy(column, null_ratio),
        severity=tenancy.severity(),
        confidence=tenancy.confidence,
    )


def _remedy(column: Column, null_ratio: float | None) -> Fix | Advice:
    if null_ratio:
        return Advice(
            f"About {null_ratio:.1%} of the rows have no tenant. Give them one, or move what all tenants share into a "
            "table of its own, then set the column NOT NULL. Whose rows they are the database does not know."
        )
    table, name = column.relation, quoted(column.name)
    guard = quoted(f"{table.name[:40]}_{column.name[:14]}_given")
    return Fix(
        sql=(
            f"alter table {table.sql} add constraint {guard} check ({name} is not null) not valid",
            f"alter table {table.sql} validate constraint {guard}",
            f"alter table {table.sql} alter column {name} set not null",
            f"alter table {table.sql} drop constraint {guard}",
        ),
        changes=("pg_attribute", "pg_constraint"),
        note="VALIDATE fails where a row has no tenant; then drop the constraint again, or mend the row.",
    )
