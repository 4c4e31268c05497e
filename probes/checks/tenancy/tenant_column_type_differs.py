"""Tenant column of another type than elsewhere.

What: Most tables keep the tenant in one type, and this one keeps it in another.

Why it matters: No foreign key can tie text to uuid, so nothing keeps the value true. A join converts one side, which
costs the index on it, and a policy written for the usual type has to cast here.

When it is harmless: The table is a landing place for raw imports, and rows leave it converted.

How to fix it safely: ALTER COLUMN TYPE rewrites the table and its indexes while nobody can read it. On a large one add
a second column, fill it in batches, and exchange the two in one transaction.

How it is decided: The type of the key that tenants are known by, or else the one that most tables use, is compared with
each table's; domains count as what they are made of. A column that a foreign key ties to another table is left to
constraints/foreign_key_type_mismatch. It is informational if the column is a guess.

Known limits: Where a policy or a view uses the column the server refuses to change its type until that is dropped.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgType
from probes.check import Needs, check
from probes.checks._support.columns import retype_fix
from probes.checks._support.refs import column_ref
from probes.checks._support.tenancy import TENANCY, Tenancy, TenancyAt, carriers, tenancy_of
from probes.finding import Observed, Severity


@check(
    title="Tenant column of another type than elsewhere",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*TENANCY, PgType)),
    thresholds=TenancyAt,
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE",),
)
def tenant_column_type_differs(catalog: Catalog, at: TenancyAt) -> Iterator[Observed]:
    """Yield each tenant column that has not the usual type."""
    tenancy = tenancy_of(catalog, at)
    if tenancy is None:
        return
    found = [table.column(tenancy.carriers[table.oid]) for table in carriers(catalog, tenancy)]
    columns = [column for column in found if column]
    usual = _usual(catalog, tenancy, columns)
    for column in columns:
        if usual and column.type.base.oid != usual.type.base.oid and not _is_tied(column):
            yield _observed(column, usual, tenancy)


def _usual(catalog: Catalog, tenancy: Tenancy, columns: list[Column]) -> Column | None:
    """The column that sets the type: the tenants' key, or one of those that most tables have."""
    table = catalog.relation(tenancy.tenant_table) if tenancy.tenant_table else None
    if table and tenancy.tenant_key:
        return table.column(tenancy.tenant_key)
    counts = Counter(column.type.base.oid for column in columns).most_common(2)
    if len(counts) == 2 and counts[0][1] == counts[1][1]:
        return None
    return next((column for column in columns if column.type.base.oid == counts[0][0]), None)


def _is_tied(column: Column) -> bool:
    return any(column.row.number in key.row.columns for key in column.relation.foreign_keys)


def _observed(column: Column, usual: Column, tenancy: Tenancy) -> Observed:
    table, wanted = column.relation, usual.type.base.sql
    return Observed(
        object=column_ref(column),
        message=(
            f"tenant column {tenancy.named} of {table.qualified_name} is {column.type.sql}, tenants are {wanted}: no "
            "foreign key can tie it, and joins convert it"
        ),
        evidence={"type": column.type.sql, "usual_type": wanted, "tenant_column": tenancy.how},
        remedy=retype_fix(
            column,
            wanted,
            f"{{0}}::text::{wanted}",
            "It rewrites the table under an exclusive lock, and fails on a value that is no such tenant's.",
        ),
        severity=tenancy.severity(),
        confidence=tenancy.confidence,
    )
