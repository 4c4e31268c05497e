"""Autovacuum has no worker left.

What: All workers of autovacuum are busy, and there are tables that are overdue.

Why it matters: The next table waits for a worker, however urgent it is. On a server with many large tables that may be
hours, during which dead rows gather where they hurt most.

When it is harmless: For a moment after a bulk load; look again in an hour.

How to fix it safely: Raise the cost limit, so that each worker gets on faster; on today's disks the default of 200 is
timid. More workers alone share the same limit and are no faster. The change needs a reload only.

How it is decided: pg_stat_activity shows as many autovacuum workers as autovacuum_max_workers (autovacuum_worker_slots
bounds it on 18), and at least one table of this database has twice the dead rows at which autovacuum should have come.

Known limits: Tables of other databases are not seen.

Sources: https://www.postgresql.org/docs/current/runtime-config-vacuum.html#GUC-AUTOVACUUM-MAX-WORKERS
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgSetting, Progress, Session, TableStatistics
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.autovacuum import number, vacuum_threshold
from probes.checks._support.refs import SCOPE
from probes.finding import Confidence, Fix, ObjectRef, Observed, Severity

_DEFAULT_COST_LIMIT = 200


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    overdue_factor: float = 2.0


@check(
    title="All autovacuum workers are busy",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgSetting, Session, Progress, TableStatistics), primary=True),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/runtime-config-vacuum.html#GUC-AUTOVACUUM-MAX-WORKERS",),
    aliases=("vacuum/workers_saturated",),
)
def autovacuum_workers_saturated(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield one finding if every worker is busy and tables wait."""
    workers = number(catalog, None, "autovacuum_max_workers")
    if workers is None:
        yield Unchecked(None, "autovacuum_max_workers is not visible")
        return
    busy = sum(row.backend_type == "autovacuum worker" for row in catalog.rows(Session))
    waiting = _overdue(catalog, at) if busy >= workers else ()
    if not waiting:
        return
    limit = number(catalog, None, "autovacuum_vacuum_cost_limit")
    if limit is None or limit < 0:
        limit = number(catalog, None, "vacuum_cost_limit") or _DEFAULT_COST_LIMIT
    yield Observed(
        object=ObjectRef("database", catalog.server.database),
        message=f"all {busy} autovacuum workers are busy and {len(waiting)} tables wait for one",
        evidence={"workers": busy, "cost_limit": int(limit), "tables_overdue": waiting[:10]},
        remedy=Fix(
            sql=(
                f"alter system set autovacuum_vacuum_cost_limit = {min(10_000, max(2_000, int(limit) * 2))}",
                "select pg_catalog.pg_reload_conf()",
            ),
            changes=(),
            transactional=False,
            note="Watch the disks after it. On a managed service set it in the parameter group instead.",
        ),
    )


def _overdue(catalog: Catalog, at: At) -> tuple[str, ...]:
    at_work = {row.relation for row in catalog.rows(Progress)}
    found: list[str] = []
    for table in catalog.relations:
        counters = table.statistics
        if counters is None or table.oid in at_work:
            continue
        threshold = vacuum_threshold(table)
        if threshold is not None and counters.dead_tuples > threshold * at.overdue_factor:
            found.append(table.qualified_name)
    return tuple(sorted(found))
