"""Vacuum that is running now.

What: A vacuum is at work on a table, with its phase and how far it is.

Why it matters: It explains load on the disks, and why a table's other findings may be gone in an hour. A second pass
over the indexes means that maintenance_work_mem was too small for the dead rows.

When it is harmless: It is good news. It is listed on request only.

How to fix it safely: There is nothing to mend. Do not cancel a vacuum that works against wraparound.

How it is decided: Rows of pg_stat_progress_vacuum for this database.

Known limits: VACUUM FULL is reported by the server as CLUSTER and is not listed.

Sources: https://www.postgresql.org/docs/current/progress-reporting.html#VACUUM-PROGRESS-REPORTING
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import Progress
from probes.check import Needs, check
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Advice, Observed, Severity


@check(
    title="Vacuum in progress",
    severity=Severity.INFO,
    needs=Needs(areas=(*SCOPE, Progress)),
    sources=("https://www.postgresql.org/docs/current/progress-reporting.html#VACUUM-PROGRESS-REPORTING",),
    pedantic=True,
)
def running_vacuum(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each table that is being vacuumed."""
    for row in catalog.rows(Progress):
        table = catalog.relation(row.relation) if row.command == "vacuum" and row.relation else None
        if table is None or row.database != catalog.server.database:
            continue
        share = f", {row.done / row.total:.0%} of its pages read" if row.total and row.done is not None else ""
        yield Observed(
            object=relation_ref(table),
            message=f"{table.qualified_name} is being vacuumed: {row.phase}{share}",
            evidence={"phase": row.phase, "scanned_pages": row.done, "total_pages": row.total},
            remedy=Advice("Let it finish. Nothing has to be changed, so there is no SQL to offer."),
        )
