"""Index that no query has used.

What: An index was never scanned since the counters began to count, although its table was read and written.

Why it matters: It slows every write, keeps updates from being heap-only, and takes room in cache, in backups and on
every standby, for nothing.

When it is harmless: It serves a report that runs once a year, a standby that is not looked at here, or a failure nobody
had yet. An index on an expression also gives the planner statistics about that expression, even if it is never scanned.

How to fix it safely: Ask for the counters of every standby first. Keep its definition, drop it concurrently, and watch
the slow queries for as long as the longest cycle of your business.

How it is decided: Counters are at least seven days old; idx_scan is 0 and, from 16 on, last_idx_scan is null; the table
was scanned or written meanwhile. Left out are unique, primary and exclusion indexes, replica identities and invalid
ones. An index that alone serves a foreign key stays out too: deletes of the referenced table look rows up by it,
however rare they are. A partitioned index is judged by the sum over its partitions.

Known limits: An index that was built yesterday looks like an unused one: the server does not record when it was made.

Sources: https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Index, Relation
from probes.catalog.rows import (
    IndexStatistics,
    PgAttribute,
    PgConstraint,
    PgIndex,
    PgInherits,
    Replica,
    TableStatistics,
)
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.index_use import UNUSED_AFTER_DAYS, idle_among, only_serves_queries, was_busy
from probes.checks._support.indexes import drop_fix, leaf_indexes
from probes.checks._support.refs import SCOPE, index_ref
from probes.finding import Confidence, Observed, Severity

_SECONDS_A_DAY = 86_400


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    small_index_bytes: int = 1_048_576
    """Below this the finding is informational."""


@check(
    title="Index that is never used",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    needs=Needs(
        areas=(
            *SCOPE,
            PgAttribute,
            PgConstraint,
            PgIndex,
            PgInherits,
            TableStatistics,
            IndexStatistics,
            Replica,
        ),
        counters_days=UNUSED_AFTER_DAYS,
    ),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW",),
)
def unused(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each index that was never scanned and that nothing else needs."""
    by_relation = catalog.grouped(PgIndex, "relation")
    for row in catalog.relations_in_scope:
        plain = [Index(catalog, one) for one in by_relation.get(row.oid, ()) if not one.unique and not one.is_partition]
        candidates = [index for index in plain if only_serves_queries(index)]
        table = Relation(catalog, row)
        if not candidates or not was_busy(table):
            continue
        idle = idle_among(table, candidates)
        for index in candidates:
            if any(leaf.statistics is None for leaf in leaf_indexes(index)):
                yield Unchecked(index_ref(index), "the server gave no counters for it")
        for index in candidates:
            if index.oid in idle:
                yield _observed(catalog, table, index, at)


def _observed(catalog: Catalog, table: Relation, index: Index, at: At) -> Observed:
    replicas = len(catalog.rows(Replica))
    note = (
        "An index on an expression also holds statistics: without it the planner guesses."
        if 0 in index.key_columns
        else None
    )
    return Observed(
        object=index_ref(index),
        message=(
            f"index {index.name} of {table.qualified_name} was not used once in "
            f"{catalog.server.counters_age_seconds / _SECONDS_A_DAY:.0f} days"
        ),
        evidence={
            "index_bytes": index.bytes,
            "counters_age_days": round(catalog.server.counters_age_seconds / _SECONDS_A_DAY, 1),
            "read_on_standby": catalog.server.in_recovery,
            "replicas_not_asked": replicas,
        },
        remedy=drop_fix(index, note),
        severity=Severity.INFO if index.bytes < at.small_index_bytes else None,
        confidence=Confidence.LOW if replicas or catalog.server.in_recovery else None,
    )
