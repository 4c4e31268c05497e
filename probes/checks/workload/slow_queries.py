"""Statement that is slow on average and sent often.

What: A statement takes long on average and has been called many times since pg_stat_statements was last reset.

Why it matters: Its users wait, each time. While it runs it keeps a connection, a processor and a snapshot, so that
other statements become slow as well.

When it is harmless: A report or a batch that nobody waits for.

How to fix it safely: Take a call with typical parameters, look at EXPLAIN (ANALYZE, BUFFERS) on a copy or in a quiet
hour, and compare with indexes/unindexed_foreign_key and indexes/missing_by_seq_scans. Which index, rewrite or cache is
right depends on the plan, so no statement is offered.

How it is decided: Mean execution time and calls are both above their thresholds. Calls of several roles with one text
are added up. Utility statements and pgaudit's own queries are left out.

Known limits: The mean hides a few very slow calls among many quick ones. Statements that were evicted from
pg_stat_statements are not seen: see workload/statements_deallocated.

Sources: https://www.postgresql.org/docs/current/pgstatstatements.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import Statement
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.statements import StatementGroup, beginning, groups, hidden_statements, query_ref
from probes.finding import Advice, Confidence, Observed, Severity


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    mean_ms: float = 20
    """From here on a statement is slow."""
    calls: int = 100
    """From here on it is sent often."""
    grave_mean_ms: float = 1000
    """From here on the finding is graver."""


@check(
    title="Slow statement that is sent often",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    needs=Needs(areas=(Statement,)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/pgstatstatements.html",),
)
def slow_queries(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each statement that is both slow and frequent."""
    yield from hidden_statements(catalog)
    known = list(groups(catalog))
    total_ms = sum(group.total_ms for group in known) or 1.0
    for group in known:
        if group.mean_ms >= at.mean_ms and group.calls >= at.calls:
            yield _observed(group, total_ms, at)


def _observed(group: StatementGroup, total_ms: float, at: At) -> Observed:
    share = group.total_ms / total_ms
    return Observed(
        object=query_ref(group),
        message=(
            f"a statement took {group.mean_ms:.0f} ms on average in {group.calls} calls, "
            f"{share:.0%} of all execution time: {beginning(group.text)}"
        ),
        evidence={
            "mean_ms": round(group.mean_ms, 2),
            "max_ms": round(group.max_ms, 2),
            "calls": group.calls,
            "total_ms": round(group.total_ms),
            "share_of_execution_time_ratio": round(share, 3),
            "rows_per_call": round(group.rows / group.calls, 1),
            "shared_blocks_per_call": round(group.blocks / group.calls),
        },
        remedy=Advice(
            "Look at EXPLAIN (ANALYZE, BUFFERS) with typical parameters. Whether an index, a rewrite or a cache helps "
            "depends on the plan, so no statement is offered here."
        ),
        severity=Severity.HIGH if group.mean_ms >= at.grave_mean_ms else None,
    )
