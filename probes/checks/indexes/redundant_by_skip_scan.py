"""Index that a skip scan makes redundant.

What: An index on (b) stands beside one on (a, b), and column a has only a few values.

Why it matters: PostgreSQL 18 can use (a, b) for a query on b alone: it jumps from one value of a to the next. With a
handful of values that is nearly as fast as an index of its own, which then only costs writes.

When it is harmless: The index on b serves short queries that run very often: a handful of descents is still more than
one.

How to fix it safely: Compare EXPLAIN (ANALYZE, BUFFERS) of its queries without it, in a transaction that drops it and
rolls back on a copy; then drop it concurrently.

How it is decided: PostgreSQL 18; both are usable btrees with the same predicate; without its first key column the wide
one begins with the keys of the narrow one; pg_stats counts at most sixteen distinct values of that column. Unique
indexes and those behind constraints stay.

Known limits: How often either is used is not weighed, but that a wide one which indexes/unused names replaces nothing.

Sources: https://www.postgresql.org/docs/18/indexes-multicolumn.html
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Index, Relation
from probes.catalog.rows import (
    ColumnStatistics,
    IndexStatistics,
    PgAttribute,
    PgConstraint,
    PgIndex,
    PgInherits,
    TableStatistics,
)
from probes.check import Needs, Thresholds, check
from probes.checks._support.index_use import needed_by_foreign_keys, only_serves_queries, unused_by_now
from probes.checks._support.indexes import (
    Shape,
    drop_fix,
    shape_of,
    unread_part,
    usable_indexes,
)
from probes.checks._support.refs import SCOPE, index_ref
from probes.finding import Confidence, Observed, Severity


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    few_values: int = 16


@check(
    title="Index that a skip scan makes redundant",
    severity=Severity.INFO,
    confidence=Confidence.MEDIUM,
    needs=Needs(
        areas=(
            *SCOPE,
            PgAttribute,
            PgConstraint,
            PgIndex,
            PgInherits,
            ColumnStatistics,
            TableStatistics,
            IndexStatistics,
        ),
        min_version_num=180000,
    ),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/18/indexes-multicolumn.html",),
)
def redundant_by_skip_scan(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each index that another one covers behind a column of few values."""
    few = {
        (row.relation, row.column) for row in catalog.rows(ColumnStatistics) if 0 < row.distinct_values <= at.few_values
    }
    for row, rows in usable_indexes(catalog) if few else ():
        if not any(one.method == "btree" and (one.relation, one.columns[0]) in few for one in rows):
            continue
        table = Relation(catalog, row)
        usable = [Index(catalog, one) for one in rows if one.method == "btree"]
        usable = [index for index in usable if unread_part(index) is None]
        going = unused_by_now(table)
        wide = [(index, tail) for index in usable if index.oid not in going and (tail := _without_first(index, few))]
        if not wide or len(usable) < 2:
            continue
        found = {
            index.oid: cover
            for index in usable
            if only_serves_queries(index) and (cover := _cover(shape_of(index), index, wide))
        }
        kept = needed_by_foreign_keys(table, found)
        for index in usable:
            if index.oid in found and index.oid not in kept:
                yield _observed(index, found[index.oid])


def _without_first(index: Index, few: set[tuple[int, int]]) -> Shape | None:
    """What the index offers behind its first column, if that has few values."""
    keys = index.key_columns
    if len(keys) < 2 or (index.row.relation, keys[0]) not in few:
        return None
    shape = shape_of(index)
    return msgspec.structs.replace(shape, keys=shape.keys[1:], options=shape.options[1:])


def _cover(narrow: Shape, index: Index, wide: list[tuple[Index, Shape]]) -> Index | None:
    for other, tail in wide:
        if other.oid == index.oid or tail.predicate != narrow.predicate or not narrow.begins(tail):
            continue
        if narrow.included <= tail.included | {key for key, _, _ in tail.keys if isinstance(key, int)}:
            return other
    return None


def _observed(index: Index, cover: Index) -> Observed:
    return Observed(
        object=index_ref(index),
        message=(
            f"index {index.name} of {index.relation.qualified_name} could go: a skip scan of {cover.name} serves the "
            "same queries"
        ),
        evidence={"covering_index": cover.name, "index_bytes": index.bytes},
        remedy=drop_fix(index, "Compare the plans of its queries first."),
    )
