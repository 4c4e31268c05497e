"""Index that another index of the table repeats.

What: Two indexes of one table hold the same keys in the same way, so that either could answer every query of the other.

Why it matters: Every insert, and every update that is not heap-only, writes both. Both are vacuumed, replicated, backed
up and kept in cache, and the planner weighs both for each query. Nothing is ever gained.

When it is harmless: While one replaces the other: an index built anew under another name before the old one goes.

How to fix it safely: Drop the one that is named, concurrently. Where it belongs to a constraint the constraint is
dropped with it, and the twin that stays still guards the same columns.

How it is decided: Access method, keys (columns or expressions) in order, operator classes, collations, sort order,
predicate and the set of INCLUDE columns agree; (a) and (a DESC) agree as well, for an index is read in both directions,
while (a, b) and (a, b DESC) do not. Only usable indexes are compared. Two unique indexes that differ in NULLS NOT
DISTINCT or in being deferrable guard different things and both stay. Of each group one is kept: a part of a partitioned
index, a primary key, one that foreign keys rest on, one of a constraint, a unique one, the replica identity, the
clustered one, and else the one that was used most.

Known limits: Parameters of operator classes (siglen of GiST and its like) are not compared. Two exclusion constraints
are never called the same: their operators are not looked at.

Sources: https://www.postgresql.org/docs/current/sql-createindex.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Index, Relation
from probes.catalog.rows import IndexStatistics, PgAttribute, PgConstraint, PgIndex, PgInherits
from probes.check import Needs, Unchecked, check
from probes.checks._support.copies import copies
from probes.checks._support.indexes import (
    begin_differently,
    drop_fix,
    referencing_keys,
    scans_of,
    unread_part,
    usable_indexes,
)
from probes.checks._support.refs import SCOPE, index_ref
from probes.finding import Advice, Fix, Observed, Severity


@check(
    title="Duplicate index",
    severity=Severity.HIGH,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgIndex, PgInherits, IndexStatistics)),
    sources=("https://www.postgresql.org/docs/current/sql-createindex.html",),
)
def duplicate(catalog: Catalog, at: object) -> Iterator[Observed | Unchecked]:  # noqa: ARG001 - no thresholds
    """Yield each index that another one makes superfluous."""
    for table, usable in usable_indexes(catalog):
        if not begin_differently(usable):
            yield from _of_table(Relation(catalog, table), [Index(catalog, row) for row in usable])


def _of_table(table: Relation, usable: list[Index]) -> Iterator[Observed | Unchecked]:
    read: list[Index] = []
    for index in usable:
        if unread := unread_part(index):
            yield Unchecked(index_ref(index), f"an expression of it was not read: {unread.reason}")
        else:
            read.append(index)
    for index, keeper in copies(read):
        yield _observed(table, index, keeper)


def _observed(table: Relation, index: Index, keeper: Index) -> Observed:
    return Observed(
        object=index_ref(index),
        message=f"index {index.name} of {table.qualified_name} repeats {keeper.name}: every write pays for both",
        evidence={
            "kept_index": keeper.name,
            "kept_backs_constraint": keeper.constraint is not None,
            "index_bytes": index.bytes,
            "index_scans": scans_of(index),
            "kept_index_scans": scans_of(keeper),
        },
        remedy=_remedy(index, keeper),
    )


def _remedy(index: Index, keeper: Index) -> Fix | Advice:
    if referencing_keys(index):
        return Advice(
            f"Foreign keys of other tables rest on {index.name}: declare them again so that they rest on "
            f"{keeper.name}, then drop the constraint. When that can be done is for the owner of those tables to say."
        )
    return drop_fix(index)
