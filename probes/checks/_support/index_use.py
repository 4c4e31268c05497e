"""How much indexes are used, and which of them nothing but queries needs."""

from __future__ import annotations

from collections.abc import Iterable

from probes.catalog.navigation import Index, Relation
from probes.catalog.rows import PgConstraint
from probes.checks._support.indexes import leaf_indexes, scans_of, serves

_SECONDS_A_DAY = 86_400
UNUSED_AFTER_DAYS = 7
"""How old counters must be before an index that was not scanned counts as unused."""


def only_serves_queries(index: Index) -> bool:
    """Whether no constraint, replica identity or partitioned parent rests on it. Foreign keys are asked elsewhere."""
    row = index.row
    if row.unique or row.exclusion or row.is_replica_identity or row.is_partition or not index.is_usable:
        return False
    return not index.catalog.grouped(PgConstraint, "index").get(row.oid)


def was_busy(table: Relation) -> bool:
    """Whether queries had a chance to use an index of it since the counters began."""
    for leaf in table.leaves:
        counters = leaf.statistics
        if counters and counters.inserted + counters.updated + counters.deleted:
            return True
        if counters and counters.sequential_scans > len(leaf.indexes):  # building an index scans the table once
            return True
    return any(scans_of(index) for index in table.indexes)


def needed_by_foreign_keys(table: Relation, candidates: Iterable[int]) -> set[int]:
    """Of indexes that might go, those that must stay so that every foreign key keeps one that serves it.

    Of two that are alike it is the one that `indexes/duplicate` keeps.
    """
    might_go = set(candidates)
    needed: set[int] = set()
    for key in table.foreign_keys:
        serving = [index for index in table.indexes if serves(index, key)] if key.row.enforced else []
        covers = [index.oid for index in sorted(serving, key=lambda one: (not one.row.clustered, one.oid))]
        if covers and might_go.issuperset(covers) and not needed.intersection(covers):
            needed.add(covers[0])
    return needed


def unused_indexes(table: Relation) -> set[int]:
    """Those of its indexes that were never scanned, and that nothing else needs, while the table was in use."""
    candidates = [index for index in table.indexes if only_serves_queries(index)]
    return idle_among(table, candidates) if candidates and was_busy(table) else set()


def idle_among(table: Relation, candidates: Iterable[Index]) -> set[int]:
    """Those that were never scanned, without the one that a foreign key needs."""
    idle = {index.oid for index in candidates if _is_idle(index)}
    return idle - needed_by_foreign_keys(table, idle)


def unused_by_now(table: Relation) -> set[int]:
    """`unused_indexes`, once counters are old enough for `indexes/unused` to name them; before that none."""
    age_days = table.catalog.server.counters_age_seconds / _SECONDS_A_DAY
    return unused_indexes(table) if age_days >= UNUSED_AFTER_DAYS else set()


def _is_idle(index: Index) -> bool:
    leaves = list(leaf_indexes(index))
    counters = [leaf.statistics for leaf in leaves]
    return bool(leaves) and all(one is not None and one.scans == 0 and one.last_scan_at is None for one in counters)


def table_writes(table: Relation) -> int:
    """Rows inserted, updated (heap-only updates apart) and deleted: each touches every index."""
    total = 0
    for leaf in table.leaves:
        counters = leaf.statistics
        if counters:
            total += counters.inserted + counters.updated - counters.hot_updated + counters.deleted
    return total


def table_scans(table: Relation) -> int:
    """Scans of the table, sequential ones and those of any index."""
    total = sum(counters.sequential_scans for leaf in table.leaves if (counters := leaf.statistics))
    return total + sum(scans_of(index) or 0 for index in table.indexes)


def last_scan_at(index: Index) -> float | None:
    """When it was last scanned, in seconds since 1970; None before 16, or if it never was."""
    found = [leaf.statistics.last_scan_at for leaf in leaf_indexes(index) if leaf.statistics]
    return max((at for at in found if at is not None), default=None)
