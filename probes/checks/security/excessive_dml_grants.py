"""Permission to delete that was never used.

What: An exposed role may DELETE from tables from which nothing has been deleted for a long time.

Why it matters: What the application does not need, an attacker who comes as the application does not need either. A
single injected DELETE without a WHERE is a bad evening.

When it is harmless: Deleting is rare and legitimate, as for requests under data protection law.

How to fix it safely: Revoke DELETE for those tables and watch the log for "permission denied". Granting it again takes
a second.

How it is decided: The counters are at least thirty days old, the table has been written in that time, and its counter
of deleted rows is zero, leaves included. It is told once for each role. TRUNCATE is a matter for
security/truncate_and_references_grants.

Known limits: Counters do not say which role deleted; a table whose rows another role deletes is not reported.

Sources: https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgInherits, TableStatistics
from probes.check import Needs, check
from probes.checks._support.exposure import EXPOSURE, ExposureAt, exposure_of, revocations
from probes.finding import Confidence, Fix, ObjectRef, Observed, Severity

_DELETE = frozenset({"DELETE"})


@check(
    title="DELETE granted and never used",
    severity=Severity.INFO,
    confidence=Confidence.MEDIUM,
    needs=Needs(areas=(*EXPOSURE, PgInherits, TableStatistics), counters_days=30, primary=True),
    thresholds=ExposureAt,
    sources=("https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW",),
    pedantic=True,
)
def excessive_dml_grants(catalog: Catalog, at: ExposureAt) -> Iterator[Observed]:
    """Yield each exposed role (or PUBLIC) with such grants."""
    exposure = exposure_of(catalog, at)
    by_role: dict[str, list[Relation]] = {}
    for table in catalog.tables:
        if not table.row.is_partition and _is_never_deleted_from(table):
            for name in exposure.on(table, _DELETE):
                by_role.setdefault(name, []).append(table)
    for name, tables in sorted(by_role.items()):
        names = tuple(sorted(table.qualified_name for table in tables))
        yield Observed(
            object=ObjectRef("role", name),
            message=f"{name} may delete from {', '.join(names[:3])} and in all {len(names)} tables nobody deletes from",
            evidence={"tables": names},
            remedy=Fix(
                sql=tuple(one for table in tables for one in revocations(exposure, table, _DELETE)),
                changes=("pg_class",),
                note="Watch the log for permission denied afterwards.",
            ),
        )


def _is_never_deleted_from(table: Relation) -> bool:
    counters = [leaf.statistics for leaf in table.leaves]
    known = [one for one in counters if one is not None]
    if len(known) != len(counters):
        return False
    return sum(one.inserted + one.updated for one in known) > 0 and not any(one.deleted for one in known)
