"""Table that only grows.

What: A large table is only ever inserted into, is not partitioned, and nothing is ever deleted from it.

Why it matters: Every month makes backups, restores, VACUUM and index builds longer, for rows that nobody has read since
last year. When the disk is nearly full it is too late for a gentle way: DELETE of half a table makes it no smaller and
writes as much log as it removes.

When it is harmless: The law asks for every row for ever, and the disk has been bought for that.

How to fix it safely: Decide how long rows are kept. Partition by time, so that what is due is dropped with its
partition in a moment: make a partitioned table, attach the old one as its first partition with a CHECK that proves its
range, and let new rows go to new partitions.

How it is decided: Counters at least a week old show inserts, hardly any update and no delete, on a table of a certain
size that is no partition and has a column with a time. Sizes are those of the last VACUUM or ANALYZE.

Known limits: A job that deletes once a year is not seen in counters of a week.

Sources: https://www.postgresql.org/docs/current/ddl-partitioning.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgAttribute, PgInherits, TableStatistics
from probes.check import Needs, Thresholds, check
from probes.checks._support.columns import Types
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Advice, Confidence, Observed, Severity

_MOMENTS = frozenset({Types.TIMESTAMP, Types.TIMESTAMPTZ, Types.DATE})
_HARDLY = 0.01


class At(Thresholds, frozen=True):
    """Thresholds of this check; all must be passed."""

    min_table_bytes: int = 1_073_741_824
    inserted_rows: int = 10_000
    """Rows inserted since the counters began."""


@check(
    title="Table that only grows",
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgInherits, TableStatistics), counters_days=7, primary=True),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/ddl-partitioning.html",),
)
def append_only_without_retention(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each large table from which nothing is ever removed."""
    for table in catalog.tables:
        if table.row.is_partition or table.row.kind == "p" or table.heap_bytes < at.min_table_bytes:
            continue
        counters = table.statistics
        if counters and counters.inserted >= at.inserted_rows and _only_grows(counters) and _has_time(table):
            yield _observed(table, counters)


def _only_grows(counters: TableStatistics) -> bool:
    return counters.deleted == 0 and counters.updated <= counters.inserted * _HARDLY


def _has_time(table: Relation) -> bool:
    return any(row.type in _MOMENTS for row in table.column_rows)


def _observed(table: Relation, counters: TableStatistics) -> Observed:
    days = max(table.catalog.server.counters_age_seconds / 86_400, 1.0)
    return Observed(
        object=relation_ref(table),
        message=(
            f"{table.qualified_name} only grows, by about {round(counters.inserted / days):,} rows a day: it is not "
            "partitioned and nothing is ever deleted"
        ),
        evidence={
            "table_bytes": table.heap_bytes,
            "inserted_rows": counters.inserted,
            "updated_rows": counters.updated,
            "counters_days": round(days, 1),
        },
        remedy=Advice(
            "Decide how long rows are kept, partition the table by time, and drop partitions that are due. How long "
            "that is you and the law decide, and moving the rows needs a plan for your load."
        ),
    )
