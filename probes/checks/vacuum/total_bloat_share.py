"""Database of which much is empty space, by estimate.

What: Added up over all tables, more than a fifth of the heap is estimated to be empty space.

Why it matters: It is not one table that ran away, but vacuum that is too slow or too timid for the whole database.
Disks, backups and cache are a fifth too large.

When it is harmless: After a large clean-up that will be filled again.

How to fix it safely: Make autovacuum come earlier (scale factors) and work faster (cost limit), then write the worst
tables anew one by one; the evidence names them.

How it is decided: The estimates of table_bloat_estimated, summed over the tables for which one can be made, if together
they are at least a gigabyte.

Known limits: Tables without statistics are left out on both sides.

Sources: https://www.postgresql.org/docs/current/runtime-config-vacuum.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import ColumnStatistics, PgAttribute
from probes.check import Needs, Thresholds, check
from probes.checks._support.bloat import table_estimate
from probes.checks._support.refs import SCOPE
from probes.finding import Advice, Confidence, ObjectRef, Observed, Severity


class At(Thresholds, frozen=True):
    """Thresholds of this check; both must be passed."""

    wasted_ratio: float = 0.2
    min_total_bytes: int = 1_073_741_824


@check(
    title="Database with much empty space",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, ColumnStatistics)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/runtime-config-vacuum.html",),
)
def total_bloat_share(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield one finding where the sum of all estimates is beyond the thresholds."""
    real = wasted = 0
    worst: list[tuple[int, str]] = []
    for table in catalog.relations_of("mr"):
        estimate = table_estimate(table) if table.row.pages else ""
        if isinstance(estimate, str):
            continue
        real += estimate.real_bytes
        wasted += estimate.wasted_bytes
        worst.append((estimate.wasted_bytes, table.qualified_name))
    if real < at.min_total_bytes or wasted <= real * at.wasted_ratio:
        return
    worst.sort(reverse=True)
    yield Observed(
        object=ObjectRef("database", "current"),
        message=f"about {wasted / real:.0%} of all tables of {catalog.server.database} is empty space",
        evidence={"tables_bytes": real, "wasted_bytes": wasted, "worst": tuple(name for _, name in worst[:10])},
        remedy=Advice(
            "Begin with the tables named: find out why vacuum did not keep up with them. Which settings help depends "
            "on the disks and the load, which the catalog does not show."
        ),
    )
