"""Partition whose detaching was never finished.

What: DETACH PARTITION ... CONCURRENTLY was interrupted between its two steps.

Why it matters: The partition is neither in nor out: new queries on the parent do not see its rows, while its foreign
keys and the dependency on the parent remain. No other partition of the table can be detached concurrently until this
one is finished.

When it is harmless: The command is running at this moment and waits for old transactions.

How to fix it safely: FINALIZE completes it; it waits for nothing but a short lock.

How it is decided: pg_inherits.inhdetachpending is true (PostgreSQL 14 and later).

Known limits: A detach that is just under way looks the same.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgInherits
from probes.check import Needs, check
from probes.checks._support.columns import is_in_scope
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Fix, Observed, Severity


@check(
    title="Partition that is half detached",
    severity=Severity.HIGH,
    needs=Needs(areas=(*SCOPE, PgInherits), min_version_num=140000),
    sources=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION",),
)
def pending_detach(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each partition whose detaching is pending."""
    for row in catalog.rows(PgInherits):
        child, parent = (
            (catalog.relation(oid) for oid in (row.child, row.parent)) if row.detach_pending else (None, None)
        )
        if child is None or parent is None or not is_in_scope(child):
            continue
        yield Observed(
            object=relation_ref(child),
            message=f"{child.qualified_name} is half detached from {parent.qualified_name}: it lost its rows",
            evidence={"parent_table": parent.qualified_name, "estimated_rows": round(max(child.row.tuples, 0))},
            remedy=Fix(
                sql=(f"alter table {parent.sql} detach partition {child.sql} finalize",),
                changes=("pg_inherits", "pg_class", "pg_constraint", "pg_index", "pg_trigger", "pg_attribute"),
                note="Attach it again afterwards if it should not have gone.",
            ),
        )
