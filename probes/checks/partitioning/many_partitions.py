"""Table with very many partitions.

What: A partition tree has more than a thousand leaves.

Why it matters: A query that cannot be pruned while it is planned opens and locks every leaf: planning takes longer than
running, each session's memory grows by what it caches of them, and one statement fills the shared lock table. With a
few hundred sessions the server runs out of locks or of memory.

When it is harmless: Every query names the partition key with a constant, and generic plans are off.

How to fix it safely: Make partitions wider: months instead of days. Merge old ones while nobody reads them, or detach
and archive them. Raise max_locks_per_transaction until then.

How it is decided: The leaves below a root are counted.

Known limits: How well queries prune is not known.

Sources: https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-BEST-PRACTICES
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgInherits
from probes.check import Needs, Thresholds, check
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Advice, Observed, Severity


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    max_leaves: int = 1_000


@check(
    title="Very many partitions",
    severity=Severity.LOW,
    needs=Needs(areas=(*SCOPE, PgInherits)),
    thresholds=At,
    sources=(
        "https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-BEST-PRACTICES",
    ),
)
def many_partitions(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each partition tree with more leaves than the threshold."""
    for table in catalog.tables:
        if table.row.kind != "p" or table.row.is_partition:
            continue
        leaves = sum(1 for _ in table.leaves)
        if leaves > at.max_leaves:
            yield Observed(
                object=relation_ref(table),
                message=f"{table.qualified_name} has {leaves:,} partitions: unpruned queries lock them all",
                evidence={"leaves": leaves, "estimated_rows": round(table.estimated_rows)},
                remedy=Advice(
                    "Choose wider partitions. Rows have to be moved for that, and which may wait and which may go is a "
                    "decision about the data, not about the catalog."
                ),
            )
