"""Tenant column that no index begins with.

What: A table of some size is asked for one tenant's rows, and none of its indexes begins with the tenant column.

Why it matters: Almost every query of such an application names the tenant. Here each of them reads the rows of all
tenants, so the largest customer sets the speed for the smallest, and removing a tenant reads the whole table.

When it is harmless: All access goes by a key that is more selective, or there is only one large tenant.

How to fix it safely: Build an index on the tenant column and whatever most queries sort or filter by next, such as the
time of creation. CONCURRENTLY lets writers go on while it is built.

How it is decided: Any valid btree or hash index, partial ones left out, whose first key column is the tenant column
serves. Tables below a number of rows are left out. Where the column has a foreign key of its own without an index
indexes/unindexed_foreign_key says so, and where a policy filters by it security/policy_column_not_indexed does; neither
is said twice. A guessed tenant column makes it informational.

Known limits: Row counts are those of the last ANALYZE or VACUUM.

Sources: https://www.postgresql.org/docs/current/indexes-multicolumn.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgIndex, PgInherits, PgPolicy
from probes.check import Needs, check
from probes.checks._support.refs import relation_ref
from probes.checks._support.tenancy import TENANCY, Tenancy, TenancyAt, carriers, tenancy_of
from probes.finding import Fix, Observed, Severity

_SERVING = frozenset({"btree", "hash"})


class At(TenancyAt, frozen=True):
    """Thresholds of this check."""

    min_rows: int = 10_000
    """Tables with fewer rows are read quickly."""


@check(
    title="Tenant column that no index begins with",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*TENANCY, PgIndex, PgInherits, PgPolicy)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/indexes-multicolumn.html",),
)
def tenant_column_leads_no_index(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each large table of tenants that cannot be searched by tenant."""
    tenancy = tenancy_of(catalog, at)
    for table in carriers(catalog, tenancy) if tenancy else ():
        if tenancy is None or table.estimated_rows < at.min_rows:
            continue
        number = tenancy.carriers[table.oid]
        if not _is_led_by(table, number) and not _is_told_elsewhere(table, number):
            yield _observed(table, number, tenancy)


def _is_led_by(table: Relation, number: int) -> bool:
    return any(
        index.is_usable
        and index.row.method in _SERVING
        and index.row.predicate is None
        and index.key_columns[:1] == (number,)
        for index in table.indexes
    )


def _is_told_elsewhere(table: Relation, number: int) -> bool:
    """Whether a foreign key of its own or a policy makes another check ask for the same index."""
    has_key = any(key.row.columns == (number,) and key.row.enforced for key in table.foreign_keys)
    return has_key or (table.row.row_security and bool(table.policies))


def _observed(table: Relation, number: int, tenancy: Tenancy) -> Observed:
    is_partitioned = table.row.kind == "p"
    mode = "" if is_partitioned else "concurrently "
    return Observed(
        object=relation_ref(table),
        message=(
            f"no index of {table.qualified_name} begins with {tenancy.named}: a query for one tenant reads the rows of "
            "all"
        ),
        evidence={"estimated_rows": round(table.estimated_rows), "tenant_column": tenancy.how},
        remedy=Fix(
            sql=(f"create index {mode}on {table.sql} ({table.column_list_sql((number,))})",),
            changes=("pg_index", "pg_inherits"),
            transactional=is_partitioned,
            note="Writers wait while it is built on a partitioned table; build it partition by partition on a busy one."
            if is_partitioned
            else "Add the column that most queries sort by behind it, and one index serves both.",
        ),
        severity=tenancy.severity(),
        confidence=tenancy.confidence,
    )
