"""Btree that is mostly empty space, by estimate.

What: The file of a btree index is much larger than its entries need.

Why it matters: Every descent and range scan reads more pages, and the index takes room in the cache that others need.
Emptied leaves are only used again by keys that belong there, so an index on time or on a counter does not heal by
itself.

When it is harmless: The index is small, or its table is loaded and emptied in turns.

How to fix it safely: REINDEX CONCURRENTLY builds a new one beside it and needs the room for both; readers and writers
go on.

How it is decided: Entries times the estimated width of the key, with headers, alignment and fillfactor, give the pages
that are needed. Since 13 equal keys of an index that is not unique are stored once with a list of rows; the number of
distinct values accounts for that. Reported is more than half wasted and at least 100 megabytes.

Known limits: An estimate again: pgstatindex() measures. Indexes on expressions and on columns without statistics count
as not checked when they are large.

Sources: https://www.postgresql.org/docs/current/routine-reindex.html
https://www.postgresql.org/docs/current/btree.html#BTREE-DEDUPLICATION
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import ColumnStatistics, PgAttribute, PgIndex
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.bloat import btree_estimate
from probes.checks._support.refs import SCOPE, index_ref
from probes.finding import Confidence, Fix, Observed, Severity

_MEGABYTE = 1_048_576


class At(Thresholds, frozen=True):
    """Thresholds of this check; both must be passed."""

    wasted_ratio: float = 0.5
    wasted_bytes: int = 104_857_600


@check(
    title="Btree that is mostly empty space",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgIndex, ColumnStatistics)),
    thresholds=At,
    sources=(
        "https://www.postgresql.org/docs/current/routine-reindex.html",
        "https://www.postgresql.org/docs/current/btree.html#BTREE-DEDUPLICATION",
    ),
)
def btree_bloat_estimated(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each btree that would be much smaller if it were built anew."""
    for index in catalog.indexes:
        row = index.row
        if row.method != "btree" or row.kind != "i" or row.pages * catalog.server.block_size < at.wasted_bytes:
            continue
        estimate = btree_estimate(index)
        if isinstance(estimate, str):
            yield Unchecked(index_ref(index), estimate)
        elif estimate.wasted_ratio > at.wasted_ratio and estimate.wasted_bytes >= at.wasted_bytes:
            yield Observed(
                object=index_ref(index),
                message=(
                    f"about {estimate.wasted_ratio:.0%} of index {index.name} of {index.relation.qualified_name} is "
                    f"empty space, {estimate.wasted_bytes / _MEGABYTE:,.0f} MB"
                ),
                evidence={
                    "index_bytes": estimate.real_bytes,
                    "expected_bytes": estimate.expected_bytes,
                    "wasted_ratio": round(estimate.wasted_ratio, 3),
                },
                remedy=Fix(
                    sql=(f"reindex index concurrently {index.sql}",),
                    changes=("pg_index", "pg_constraint", "pg_inherits"),
                    transactional=False,
                    note="It needs the room for a second copy while it runs.",
                ),
            )
