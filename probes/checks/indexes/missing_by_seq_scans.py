"""Large table that is read from end to end, again and again.

What: Sequential scans of a large table read most of its rows, hundreds of times, and more often than any index is used.

Why it matters: Each of them reads the whole table for what is probably a handful of rows. It is the usual sign of a
missing index, and the usual cause of a busy disk.

When it is harmless: Reports and exports want all rows, and run that often on purpose.

How to fix it safely: Find the queries (pg_stat_statements, by rows read and time), EXPLAIN them, and build the index
they want, concurrently.

How it is decided: Counters are at least a day old; the table has ten thousand rows and ten megabytes or more; more than
a hundred sequential scans, fewer than 95 percent of all scans by index, and on average at least a tenth of the table
read by each. The last condition leaves out scans that stop early, such as LIMIT 1.

Known limits: Which columns are filtered is not in these counters.

Sources: https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import IndexStatistics, PgIndex, PgInherits, TableStatistics
from probes.check import Needs, Thresholds, check
from probes.checks._support.index_use import table_scans
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Advice, Confidence, Observed, Severity


class At(Thresholds, frozen=True):
    """Thresholds of this check; all must be passed."""

    min_rows: int = 10_000
    min_table_bytes: int = 10_485_760
    min_sequential_scans: int = 100
    index_scan_ratio: float = 0.95
    read_ratio: float = 0.1


@check(
    title="Large table read by sequential scans",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgIndex, PgInherits, TableStatistics, IndexStatistics), counters_days=1),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW",),
)
def missing_by_seq_scans(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each large table that is mostly read sequentially."""
    for table in catalog.relations:
        counters = table.statistics
        if counters is None or counters.sequential_scans <= at.min_sequential_scans:
            continue
        if counters.live_tuples < at.min_rows or table.heap_bytes < at.min_table_bytes:
            continue
        scans = table_scans(table)
        by_index = 1 - counters.sequential_scans / scans if scans else 0.0
        rows_a_scan = counters.sequential_tuples_read / counters.sequential_scans
        if by_index >= at.index_scan_ratio or rows_a_scan < counters.live_tuples * at.read_ratio:
            continue
        yield Observed(
            object=relation_ref(table),
            message=(
                f"{table.qualified_name} was read from end to end {counters.sequential_scans:,} times, about "
                f"{rows_a_scan:,.0f} rows each time"
            ),
            evidence={
                "sequential_scans": counters.sequential_scans,
                "rows_per_scan": round(rows_a_scan),
                "index_scan_ratio": round(by_index, 3),
                "live_tuples": counters.live_tuples,
                "table_bytes": table.heap_bytes,
            },
            remedy=Advice(
                "Look for the statements that read this table in pg_stat_statements and EXPLAIN them. Which columns "
                "they filter by is in the statements, not in the counters, so no index can be proposed from here."
            ),
        )
