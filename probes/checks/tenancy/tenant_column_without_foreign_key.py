"""Tenant column without a foreign key.

What: Rows name their tenant, and no constraint says that there is such a tenant.

Why it matters: A typing error, a restore of one table, or a tenant deleted by hand leaves rows that no tenant owns.
They are paid for in storage and backups for ever, they come to light in a customer's deletion request, and a number
that is given out again brings them to life under a stranger.

When it is harmless: Tenants live in another database or service. Then something has to compare the two from time to
time.

How to fix it safely: Add the key NOT VALID, which checks new rows at once and takes its lock for a moment, and validate
it afterwards, which lets reads and writes go on. Find the orphans first: VALIDATE fails on them.

How it is decided: A table counts as tied when a foreign key of its own leads from the tenant column to the table of
tenants, or together with other columns to the tenant column of another table; of those other columns none may be
nullable, for with a null nothing is checked. Keys that are NOT ENFORCED count for nothing. Where no table of tenants is
known, or its type is another one, nothing is reported; where tenants are only guessed it informs.

Known limits: On a partitioned table a NOT VALID key is possible from PostgreSQL 18 only, so there it is checked in one
step.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Relation
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgType
from probes.check import Needs, check
from probes.checks._support.refs import column_ref
from probes.checks._support.tenancy import TENANCY, Tenancy, TenancyAt, carriers, proves_tenant, tenancy_of
from probes.finding import Fix, Observed, Severity


@check(
    title="Tenant column without a foreign key",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*TENANCY, PgType)),
    thresholds=TenancyAt,
    sources=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",),
)
def tenant_column_without_foreign_key(catalog: Catalog, at: TenancyAt) -> Iterator[Observed]:
    """Yield each tenant column that nothing ties to a tenant."""
    tenancy = tenancy_of(catalog, at)
    tenants = catalog.relation(tenancy.tenant_table) if tenancy and tenancy.tenant_table else None
    if tenancy is None or tenants is None or tenancy.tenant_key is None:
        return
    key = tenants.column(tenancy.tenant_key)
    for table in carriers(catalog, tenancy):
        column = table.column(tenancy.carriers[table.oid])
        if not column or not key or column.type.base.oid != key.type.base.oid:
            continue
        if not any(proves_tenant(tenancy, one) for one in table.foreign_keys):
            yield _observed(column, tenants, key, tenancy)


def _observed(column: Column, tenants: Relation, key: Column, tenancy: Tenancy) -> Observed:
    table = column.relation
    return Observed(
        object=column_ref(column),
        message=(
            f"tenant column {tenancy.named} of {table.qualified_name} refers to {tenants.qualified_name} by name only: "
            "no foreign key keeps rows of tenants that never were or are gone"
        ),
        evidence={"tenant_table": tenants.qualified_name, "tenant_column": tenancy.how},
        remedy=_fix(column, tenants, key),
        severity=tenancy.severity(),
        confidence=tenancy.confidence,
    )


def _fix(column: Column, tenants: Relation, key: Column) -> Fix:
    table = column.relation
    name = quoted(f"{table.name[:40]}_{column.name[:16]}_fk")
    declared = (
        f"alter table {table.sql} add constraint {name} foreign key ({quoted(column.name)}) "
        f"references {tenants.sql} ({quoted(key.name)})"
    )
    if table.row.kind == "p":
        return Fix(
            sql=(declared,),
            changes=("pg_constraint",),
            note="It checks every row while writers wait. Rows whose tenant is gone make it fail.",
        )
    return Fix(
        sql=(f"{declared} not valid", f"alter table {table.sql} validate constraint {name}"),
        changes=("pg_constraint",),
        note="Look for rows whose tenant is gone first: VALIDATE fails on them, and new rows are checked all the same.",
    )
