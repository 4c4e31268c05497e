"""Index that is the beginning of a wider one.

What: The keys of an index are the first keys of another index of the same table, so the wider one answers the same
queries.

Why it matters: The narrow index costs writes, cache and vacuum time, and gives no query a path that it would not have
without it.

When it is harmless: The narrow index is much smaller, is read all the time, and stays in memory where the wide one
would not. The evidence has both sizes and how often each was used.

How to fix it safely: Drop it concurrently; look at the plans of the queries that used it, and build it again if one of
them reads noticeably more pages.

How it is decided: Both are usable btree indexes with the same predicate; operator classes, collations, expressions and
sort order (or all of it reversed) agree key by key; the columns that the narrow one includes are somewhere in the wide
one. An index that is unique, backs a constraint, is the replica identity or part of a partitioned index is never the
superfluous one: it guards something that the wide one does not. One that repeats another is told by indexes/duplicate
alone. A wide index that indexes/duplicate or indexes/unused names replaces nothing, for it is to go itself. Of several
wide ones the narrowest is named that is not redundant as well.

Known limits: A narrow index without a predicate is not weighed against a partial wide one, nor the other way round.

Sources: https://www.postgresql.org/docs/current/indexes-multicolumn.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Index, Relation
from probes.catalog.rows import IndexStatistics, PgAttribute, PgConstraint, PgIndex, PgInherits, TableStatistics
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.copies import copies
from probes.checks._support.index_use import unused_by_now
from probes.checks._support.indexes import (
    Shape,
    begin_differently,
    covers,
    drop_fix,
    scans_of,
    shape_of,
    unread_part,
    usable_indexes,
)
from probes.checks._support.refs import SCOPE, index_ref
from probes.finding import Observed, Severity


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    much_smaller_ratio: float = 0.5
    """A used index smaller than this share of the wide one is reported as low: it may earn its keep."""


@check(
    title="Index that a wider index makes redundant",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgIndex, PgInherits, IndexStatistics, TableStatistics)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/indexes-multicolumn.html",),
)
def redundant_prefix(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each plain index whose keys begin a wider index."""
    for table, usable in usable_indexes(catalog):
        candidates = [row for row in usable if row.method == "btree"]
        if not begin_differently(candidates):
            yield from _of_table(Relation(catalog, table), [Index(catalog, row) for row in candidates], at)


def _of_table(table: Relation, candidates: list[Index], at: At) -> Iterator[Observed | Unchecked]:
    shapes: list[tuple[Index, Shape]] = []
    for index in candidates:
        if unread := unread_part(index):
            yield Unchecked(index_ref(index), f"an expression of it was not read: {unread.reason}")
        else:
            shapes.append((index, shape_of(index)))
    covered = [(narrow, wider) for narrow, shape in shapes if (wider := _wider(narrow, shape, shapes))]
    if not covered:
        return
    repeated = {copy.oid for copy, _ in copies(index for index, _ in shapes)}
    going = repeated | unused_by_now(table)
    for narrow, wider in covered:
        staying = [index for index in wider if index.oid not in going]
        if staying and narrow.oid not in repeated:
            lasting = [index for index in staying if not _goes_itself(index, shapes, going)]
            yield _observed(
                table, narrow, min(lasting or staying, key=lambda index: (len(index.row.columns), index.name)), at
            )


def _wider(narrow: Index, shape: Shape, shapes: list[tuple[Index, Shape]]) -> list[Index]:
    """The indexes that can replace this one; none where it does more than make queries fast."""
    if guards_something(narrow):
        return []
    return [index for index, wide in shapes if index.oid != narrow.oid and covers(wide, shape)]


def _goes_itself(index: Index, shapes: list[tuple[Index, Shape]], going: set[int]) -> bool:
    """Whether a wider index makes this one redundant in its turn."""
    own = next(shape for one, shape in shapes if one.oid == index.oid)
    others = (wide for one, wide in shapes if one.oid not in {index.oid, *going})
    return not guards_something(index) and any(covers(wide, own) for wide in others)


def guards_something(index: Index) -> bool:
    """Whether more than the speed of queries would be lost with it."""
    row = index.row
    return row.unique or row.is_replica_identity or row.is_partition or index.constraint is not None


def _observed(table: Relation, narrow: Index, wide: Index, at: At) -> Observed:
    scans = scans_of(narrow)
    much_smaller = narrow.bytes < wide.bytes * at.much_smaller_ratio
    return Observed(
        object=index_ref(narrow),
        message=f"index {narrow.name} of {table.qualified_name} is the beginning of {wide.name}, which can replace it",
        evidence={
            "wider_index": wide.name,
            "index_bytes": narrow.bytes,
            "wider_index_bytes": wide.bytes,
            "index_scans": scans,
            "wider_index_scans": scans_of(wide),
        },
        remedy=drop_fix(narrow, "Compare the plans of its queries before and after." if scans else None),
        severity=Severity.LOW if much_smaller and scans else None,
    )
