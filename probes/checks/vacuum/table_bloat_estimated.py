"""Table that is mostly empty space, by estimate.

What: The file of a table is much larger than its rows need.

Why it matters: Sequential scans, backups and the cache carry the empty pages along. Vacuum makes the space usable again
for the same table but gives almost none of it back.

When it is harmless: The table is about to grow into it again: a queue that fills and empties every day.

How to fix it safely: VACUUM FULL writes the table anew, under ACCESS EXCLUSIVE and with room for a second copy;
pg_repack does it while others work. First mend the cause, or it will be back: dead rows that vacuum could not remove in
time.

How it is decided: Rows times their estimated width (null fractions and average widths of pg_stats, headers, alignment
to eight bytes, fillfactor) give the pages that are needed; reported is more than half of a table wasted and at least
100 megabytes of it. TOAST is left out on both sides.

Known limits: It is an estimate: pgstattuple measures. Without statistics on all columns, or with a column of type name,
a large table counts as not checked. Rows much wider or narrower than the average mislead it.

Sources: https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY
https://www.postgresql.org/docs/current/storage-page-layout.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import ColumnStatistics, PgAttribute
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.bloat import table_estimate
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Confidence, Fix, Observed, Severity

_MEGABYTE = 1_048_576


class At(Thresholds, frozen=True):
    """Thresholds of this check; both must be passed."""

    wasted_ratio: float = 0.5
    wasted_bytes: int = 104_857_600


@check(
    title="Table that is mostly empty space",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, ColumnStatistics)),
    thresholds=At,
    sources=(
        "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY",
        "https://www.postgresql.org/docs/current/storage-page-layout.html",
    ),
)
def table_bloat_estimated(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each table that would be much smaller if it were written anew."""
    for table in catalog.relations_of("mr"):
        if table.row.pages * catalog.server.block_size < at.wasted_bytes:
            continue
        estimate = table_estimate(table)
        if isinstance(estimate, str):
            yield Unchecked(relation_ref(table), estimate, f"ANALYZE and SELECT on {table.qualified_name}")
        elif estimate.wasted_ratio > at.wasted_ratio and estimate.wasted_bytes >= at.wasted_bytes:
            yield Observed(
                object=relation_ref(table),
                message=(
                    f"about {estimate.wasted_ratio:.0%} of {table.qualified_name} is empty space, "
                    f"{estimate.wasted_bytes / _MEGABYTE:,.0f} MB"
                ),
                evidence={
                    "table_bytes": estimate.real_bytes,
                    "expected_bytes": estimate.expected_bytes,
                    "wasted_ratio": round(estimate.wasted_ratio, 3),
                },
                remedy=Fix(
                    sql=(f"vacuum (full, analyze) {table.sql}",),
                    changes=(),
                    transactional=False,
                    note="Nobody may even read the table meanwhile; pg_repack avoids that.",
                ),
            )
