"""Default partition with rows in it.

What: The default partition of a partitioned table is not empty.

Why it matters: It takes what no other partition wants: the months nobody made a partition for, a misspelt region.
Partition pruning does not spare it, retention by dropping partitions misses it, and adding a partition for those rows
fails as long as they are there. Adding any other partition scans all of it under an exclusive lock.

When it is harmless: A list of a few large values and one partition for all the rest, on purpose.

How to fix it safely: Detach the default, create the partitions that its rows want, move the rows, attach it again. Do
it in one transaction if the rows are few; else in batches through a table beside.

How it is decided: pg_partitioned_table.partdefid names a leaf which has pages or, by its counters, live rows. A default
that is partitioned itself is followed to its leaves.

Known limits: Rows that were deleted since the last vacuum still count as pages.

Sources: https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgInherits, PgPartitionedTable, TableStatistics
from probes.check import Needs, check
from probes.checks._support.partitions import holds_rows
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Advice, Observed, Severity


@check(
    title="Rows in a default partition",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgInherits, PgPartitionedTable, TableStatistics)),
    sources=("https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE",),
)
def default_partition_rows(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each default partition that holds rows."""
    parents = catalog.keyed(PgPartitionedTable, "relation")
    for table in catalog.tables:
        row = parents.get(table.oid)
        default = catalog.relation(row.default_partition) if row and row.default_partition else None
        if default is None or not any(holds_rows(leaf) for leaf in default.leaves):
            continue
        yield Observed(
            object=relation_ref(default),
            message=(
                f"{default.qualified_name}, the default partition of {table.qualified_name}, holds rows: partitions "
                "for them can no longer be added"
            ),
            evidence={
                "parent_table": table.qualified_name,
                "estimated_rows": round(default.estimated_rows),
                "table_bytes": default.heap_bytes,
            },
            remedy=Advice(
                "Which partitions the rows want is in the rows: look at their keys, detach the default, create "
                "the missing ones, insert its rows through the parent, and attach it empty."
            ),
        )
