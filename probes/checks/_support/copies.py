"""Which indexes of a table repeat another one, and which of each group stays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from probes.catalog.navigation import Index
from probes.checks._support.indexes import Shape, referencing_keys, scans_of, shape_of


def copies(indexes: Iterable[Index]) -> Iterator[tuple[Index, Index]]:
    """Each index of a table that another one makes superfluous, and the one that is kept for it.

    Args:
        indexes: Usable ones of one table, all of whose expressions were read.
    """
    groups: dict[Shape, list[Index]] = {}
    for index in indexes:
        shape = shape_of(index)
        groups.setdefault(min(shape, shape.mirrored, key=lambda one: one.options), []).append(index)
    for group in groups.values():
        group.sort(key=_worth, reverse=True)
        for position, index in enumerate(group[1:], start=1):
            keeper = next((kept for kept in group[:position] if _replaces(kept, index)), None)
            if keeper and not index.row.is_partition:
                yield index, keeper


def _worth(index: Index) -> tuple[object, ...]:
    """What speaks for keeping an index of a group, weightiest first."""
    row = index.row
    return (
        row.is_partition,
        row.primary,
        row.exclusion,
        bool(referencing_keys(index)),
        index.constraint is not None,
        row.unique,
        row.is_replica_identity,
        row.clustered,
        scans_of(index) or 0,
        -index.oid,
    )


def _replaces(keeper: Index, index: Index) -> bool:
    """Whether nothing but a copy is lost with `index`."""
    kept, lost = keeper.row, index.row
    if lost.exclusion or lost.is_replica_identity or lost.primary:
        return False
    if not lost.unique:
        return True
    return kept.unique and (kept.nulls_not_distinct, kept.immediate) == (lost.nulls_not_distinct, lost.immediate)
