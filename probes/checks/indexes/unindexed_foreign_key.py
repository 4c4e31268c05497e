"""Foreign key without an index on its referencing columns.

What: A foreign key is declared on columns that no index of the referencing table leads with.

Why it matters: Deleting a referenced row, or changing its key, makes the server look for referencing rows once per row.
Without an index each look goes through the referencing table, or what another index leaves of it, under a row lock on
the referenced one; a delete of a thousand rows goes through it a thousand times. Joins along the key suffer too.

When it is harmless: The referencing table is and stays small, or rows of the referenced table are never deleted and
their keys never change.

How to fix it safely: Build the index concurrently: writers go on while it is built. On a partitioned table build it on
each partition concurrently, then create it on the parent with ON ONLY and attach.

How it is decided: An index serves the key when it is valid, a btree (or, for one column, a hash index), and its first
key columns are the columns of the key in any order: the lookup compares every one of them for equality. A partial index
serves when its predicate is no more than the key's columns being not null, for a null never references anything. A NOT
ENFORCED key (PostgreSQL 18) looks nothing up. A partitioned table is judged once, at its root. Below one megabyte the
finding is informational; ON DELETE CASCADE and SET NULL make it graver, for there the delete itself needs the rows.

An index on only some of the key's columns is the matter of foreign_key_index_questionable.

Known limits: Sizes are relpages, as the last VACUUM or ANALYZE left them.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import ForeignKey
from probes.catalog.navigation.relations import RelationKind
from probes.catalog.rows import (
    PgAttribute,
    PgClass,
    PgConstraint,
    PgDepend,
    PgIndex,
    PgInherits,
    PgNamespace,
)
from probes.check import Needs, Thresholds, check
from probes.checks._support.indexes import helps_in_part, keys_to_look_at, lookup_candidates, serves
from probes.finding import Fix, ObjectRef, Observed, Severity

_CASCADING = frozenset({"c", "n", "d"})


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    small_table_bytes: int = 1_048_576
    """Below this the finding is informational."""


@check(
    title="Foreign key without a supporting index",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(PgNamespace, PgClass, PgAttribute, PgConstraint, PgIndex, PgInherits, PgDepend)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",),
)
def unindexed_foreign_key(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each enforced foreign key that no index serves."""
    for key in keys_to_look_at(catalog):
        if not any(serves(index, key) or helps_in_part(index, key) for index in lookup_candidates(key)):
            yield _observed(key, at)


def _observed(key: ForeignKey, at: At) -> Observed:
    table = key.referencing
    columns = key.column_names
    heap_bytes = table.heap_bytes
    referenced = key.referenced
    return Observed(
        object=ObjectRef("constraint", key.name, table.schema, table.name, columns),
        message=(
            f"foreign key {key.name} of {table.qualified_name} ({', '.join(columns)}) has no index: deleting a row of "
            f"{referenced.qualified_name if referenced else 'the referenced table'} looks through "
            f"{table.qualified_name} row by row"
        ),
        evidence={
            "referenced_table": referenced.qualified_name if referenced else None,
            "table_bytes": heap_bytes,
            "estimated_rows": round(table.estimated_rows),
            "on_delete_needs_rows": key.row.on_delete in _CASCADING,
        },
        remedy=_fix(key),
        severity=_severity(key, heap_bytes, at),
    )


def _severity(key: ForeignKey, heap_bytes: int, at: At) -> Severity:
    if heap_bytes < at.small_table_bytes:
        return Severity.INFO
    return Severity.HIGH if key.row.on_delete in _CASCADING else Severity.MEDIUM


def _fix(key: ForeignKey) -> Fix:
    table = key.referencing
    columns = table.column_list_sql(key.row.columns)
    if table.kind is RelationKind.PARTITIONED_TABLE:
        return Fix(
            sql=(f"create index on {table.sql} ({columns})",),
            changes=("pg_index", "pg_inherits"),
            note=(
                "CONCURRENTLY is not possible on a partitioned table and this blocks writes while it builds. On a busy "
                "table create the index ON ONLY the parent, build one on each partition concurrently, attach them."
            ),
        )
    return Fix(
        sql=(f"create index concurrently on {table.sql} ({columns})",),
        changes=("pg_index",),
        transactional=False,
        note="An index that fails to build stays behind as invalid: drop it and try again.",
    )
