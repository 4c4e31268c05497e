"""Soft delete that a unique key does not know of.

What: A table marks rows as deleted instead of deleting them, and a unique key counts the marked rows too.

Why it matters: A customer closes an account and cannot open one with the same address again; a code that was withdrawn
is taken for ever. Somebody works around it by writing "deleted-" before the value, and the data is spoiled for good.

When it is harmless: A value must never be used a second time, as with invoice numbers.

How to fix it safely: Build a unique index with the condition that the row is not deleted, concurrently; it cannot fail,
for it asks less. Then drop the old one. ON CONFLICT clauses have to repeat the condition.

How it is decided: The mark is a nullable column deleted_at, removed_on, discarded_at or the like of a date or time
type, or a boolean is_deleted or deleted. Unique indexes without it in key or condition are reported; primary keys, keys
that foreign keys reference, replica identities and generated values such as uuid and identity are not. Numbers of
documents are left out by name.

Known limits: Whether rows are ever marked is not looked at.

Sources: https://www.postgresql.org/docs/current/indexes-partial.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Index, Relation
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgAttribute, PgConstraint, PgIndex, PgType
from probes.check import Needs, Thresholds, check
from probes.checks._support.columns import Types
from probes.checks._support.refs import SCOPE, index_ref
from probes.finding import Confidence, Fix, ObjectRef, Observed, Severity

_MOMENT = re.compile(r"^(soft_?)?(deleted|removed|trashed|discarded)_?(at|on|date|time)$", re.IGNORECASE)
_FLAG = re.compile(r"^(is_?)?(soft_?)?(deleted|removed|trashed)$", re.IGNORECASE)
_NEVER_AGAIN = re.compile(r"(^|_)(number|no|nr|token|hash|uuid|key|seq|reference)$", re.IGNORECASE)
_MOMENTS = frozenset({Types.TIMESTAMP, Types.TIMESTAMPTZ, Types.DATE})


@check(
    title="Soft delete that a unique key does not know of",
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgIndex, PgType)),
    sources=("https://www.postgresql.org/docs/current/indexes-partial.html",),
)
def soft_delete_ignored_by_unique(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each unique key that rows marked as deleted still occupy."""
    for table in catalog.tables:
        mark = None if table.row.is_partition or table.row.kind == "p" else _mark(table)
        if mark:
            yield from (_observed(index, table, mark) for index in table.indexes if _ignores(index, table, mark))


def _mark(table: Relation) -> Column | None:
    for row in table.column_rows:
        is_named = row.type in _MOMENTS and not row.not_null and _MOMENT.match(row.name)
        if is_named or (row.type == Types.BOOLEAN and _FLAG.match(row.name)):
            return Column(table.catalog, row)
    return None


def _ignores(index: Index, table: Relation, mark: Column) -> bool:
    row = index.row
    if not row.unique or row.primary or not index.is_usable or row.predicate is not None or row.is_replica_identity:
        return False
    if 0 in row.columns or mark.row.number in index.key_columns or not row.immediate:
        return False
    if any(key.row.index == index.oid for key in table.referenced_by):
        return False
    columns = [table.column(number) for number in index.key_columns]
    return not any(one is None or _is_never_again(one) for one in columns)


def _is_never_again(column: Column) -> bool:
    generated = column.row.identity or column.row.generated or column.type.base.oid == Types.UUID
    return bool(generated) or bool(_NEVER_AGAIN.search(column.name))


def _observed(index: Index, table: Relation, mark: Column) -> Observed:
    constraint = index.constraint
    names = table.column_names(index.key_columns)
    ref = ObjectRef("constraint", constraint.name, table.schema, table.name, names) if constraint else index_ref(index)
    return Observed(
        object=ref,
        message=(
            f"{index.name} keeps ({', '.join(names)}) of {table.qualified_name} taken after {mark.name} is set: what "
            "was deleted cannot be created again"
        ),
        evidence={"mark": mark.name, "columns": names},
        remedy=_fix(index, table, mark),
    )


def _fix(index: Index, table: Relation, mark: Column) -> Fix:
    name = quoted(f"{index.name[:56]}_live")
    live = quoted(mark.name) + (" is not true" if mark.type.base.oid == Types.BOOLEAN else " is null")
    constraint = index.constraint
    last = (
        f"alter table {table.sql} drop constraint {quoted(constraint.name)}"
        if constraint
        else f"drop index concurrently {index.sql}"
    )
    build = f"create unique index concurrently {name} on {table.sql} ({table.column_list_sql(index.key_columns)})"
    return Fix(
        sql=(f"{build} where {live}", last),
        changes=("pg_index", "pg_constraint"),
        transactional=False,
        note="ON CONFLICT on these columns has to repeat the condition from then on.",
    )
