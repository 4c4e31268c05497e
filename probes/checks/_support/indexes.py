"""Judging indexes: what one covers, what two have in common, what would be lost with one."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from itertools import repeat

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.expression import Expression, Unread, text_of
from probes.catalog.names import quoted
from probes.catalog.navigation import ForeignKey, Index
from probes.catalog.rows import PgClass, PgConstraint, PgDepend, PgIndex, PgNamespace, Row
from probes.finding import Fix

_MIRROR = 3
"""DESC and NULLS FIRST together: what every key of an index has when it is read backwards."""

Key = tuple[int | str, int, int]
"""A column number or an expression, its operator class, its collation."""


class Shape(msgspec.Struct, frozen=True, gc=False):
    """What an index offers to queries, apart from uniqueness."""

    method: str
    keys: tuple[Key, ...]
    options: tuple[int, ...]
    included: frozenset[int]
    predicate: str | None
    settings: tuple[str, ...]

    @property
    def mirrored(self) -> Shape:
        """The same index, read backwards."""
        return msgspec.structs.replace(self, options=tuple(option ^ _MIRROR for option in self.options))

    def begins(self, wide: Shape) -> bool:
        """Whether the keys of this one are the first keys of `wide`, in the same or in the opposite order."""
        count = len(self.keys)
        if self.keys != wide.keys[:count]:
            return False
        leading = wide.options[:count]
        return leading in (self.options, self.mirrored.options)


def covers(wide: Shape, narrow: Shape) -> bool:
    """Whether the wide index answers every query that the narrow one answers."""
    if wide.predicate != narrow.predicate or not narrow.begins(wide):
        return False
    if len(wide.keys) == len(narrow.keys):
        return narrow.included < wide.included
    return narrow.included <= wide.included | {key for key, _, _ in wide.keys if isinstance(key, int)}


def predicate_is_not_null_of(predicate: Expression, columns: tuple[str, ...]) -> bool:
    """Whether a partial index leaves out nothing but nulls of these columns.

    The deparser writes such a predicate as `((a IS NOT NULL) AND (b IS NOT NULL))`.
    """
    text = text_of(predicate)
    if text is None or "IS NOT NULL" not in text:
        return False
    return _conditions(text) <= {f"{quoted(column)} IS NOT NULL" for column in columns}


@functools.lru_cache(maxsize=4096)
def _conditions(predicate: str) -> frozenset[str]:
    return frozenset(part.strip("() ") for part in re.split(r"\bAND\b", predicate))


def serves(index: Index, key: ForeignKey) -> bool:
    """Whether looking up the referencing rows of a referenced row can use this index."""
    columns = frozenset(key.row.columns)
    leading = index.key_columns[: len(columns)]
    if not index.is_usable or frozenset(leading) != columns:
        return False
    if index.row.method != "btree" and not (index.row.method == "hash" and len(columns) == 1):
        return False
    if index.row.predicate is None:
        return True
    return predicate_is_not_null_of(index.row.predicate, key.column_names)


def split_expressions(text: str) -> tuple[str, ...]:
    """The members of a deparsed list of expressions: cut at commas outside parentheses and quotes."""
    found: list[str] = []
    depth = 0
    current = ""
    for piece in re.findall(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|.", text, re.DOTALL):
        depth += (piece in "([") - (piece in ")]")
        if piece == "," and depth == 0:
            found.append(current.strip())
            current = ""
        else:
            current += piece
    return (*found, current.strip())


def unread_part(index: Index) -> Unread | None:
    """The expression or predicate of the index whose text is missing."""
    for part in (index.row.expressions, index.row.predicate):
        if isinstance(part, Unread):
            return part
    return None


def shape_of(index: Index) -> Shape:
    """The shape of an index all of whose expressions were read."""
    row = index.row
    return _shape(
        row.method,
        (row.columns, row.key_count),
        (row.operator_classes, row.collations, row.key_options),
        text_of(row.expressions),
        text_of(row.predicate),
        () if row.method in {"btree", "hash"} else tuple(sorted(row.options)),
    )


@functools.lru_cache(maxsize=4096)
def _shape(
    method: str,
    columns: tuple[tuple[int, ...], int],
    ways: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]],
    expressions: str | None,
    predicate: str | None,
    settings: tuple[str, ...],
) -> Shape:
    numbers, key_count = columns
    operator_classes, collations, key_options = ways
    texts = iter(split_expressions(expressions or ""))
    found: Iterator[int | str] = (number or next(texts) for number in numbers)
    keys = tuple(list(found)[:key_count])
    return Shape(
        method=method,
        keys=tuple(zip(keys, operator_classes, collations, strict=False)),
        options=key_options[:key_count],
        included=frozenset(numbers[key_count:]),
        predicate=predicate,
        settings=settings,
    )


def begin_differently(rows: Sequence[PgIndex]) -> bool:
    """Whether all of these indexes were read and no two have the same first key: then none can replace another."""
    firsts = {row.columns[0] for row in rows}
    if len(firsts) < len(rows):
        return False
    return not any(isinstance(row.expressions, Unread) or isinstance(row.predicate, Unread) for row in rows)


def usable_indexes(catalog: Catalog) -> Iterator[tuple[PgClass, list[PgIndex]]]:
    """Relations in scope that have at least two usable indexes, with these."""
    by_relation = catalog.grouped(PgIndex, "relation")
    for relation in catalog.relations_in_scope:
        rows = by_relation.get(relation.oid, ())
        usable = [row for row in rows if row.valid and row.ready and row.live] if len(rows) > 1 else []
        if len(usable) > 1:
            yield relation, usable


def referencing_keys(index: Index) -> list[PgConstraint]:
    """Foreign keys of any table that rest on this unique index."""
    rows = index.catalog.grouped(PgConstraint, "index").get(index.oid, ())
    return [row for row in rows if row.kind == "f" and row.parent == 0]


def leaf_indexes(index: Index) -> Iterator[Index]:
    """The indexes that hold entries: itself, or those below a partitioned index."""
    if not index.is_partitioned:
        yield index
        return
    for child in index.children:
        yield from leaf_indexes(child)


def scans_of(index: Index) -> int | None:
    """How often it was scanned, partitions summed up; None where a part has no counters."""
    if not index.is_partitioned:
        counters = index.statistics
        return counters.scans if counters else None
    found = [leaf.statistics for leaf in leaf_indexes(index)]
    if not all(found):
        return None
    return sum(one.scans for one in found if one)


def drop_fix(index: Index, note: str | None = None) -> Fix:
    """Dropping an index, or the constraint that it is part of, in the way that hinders others least."""
    constraint = index.constraint
    if constraint:
        sql = f"alter table {index.relation.sql} drop constraint {quoted(constraint.name)}"
        held = ("pg_constraint", "pg_index", "pg_inherits", "pg_description", "pg_attribute")
        return Fix(sql=(sql,), changes=held, note=note)
    if index.is_partitioned:
        changes = ("pg_index", "pg_inherits", "pg_description")
        return Fix(sql=(f"drop index {index.sql}",), changes=changes, note=note or "It blocks the table for a moment.")
    return Fix(
        sql=(f"drop index concurrently {index.sql}",),
        changes=("pg_index", "pg_description"),
        transactional=False,
        note=note,
    )


_PATTERN_OPERATOR_CLASSES = frozenset({4217, 4218, 4219})  # text_, varchar_ and bpchar_pattern_ops (pg_opclass.dat)
_FIRST_USER_OID = 16384


def key_list_sql(index: Index) -> str | None:
    """The keys of a btree as CREATE INDEX takes them; None where it has expressions, or classes and collations of note.

    Built-in operator classes of a btree other than the pattern ones are their types' defaults.
    """
    row = index.row
    if row.method != "btree" or 0 in index.key_columns:
        return None
    parts: list[str] = []
    for number, opclass, collation, option in zip(
        index.key_columns, row.operator_classes, row.collations, row.key_options, strict=False
    ):
        column = index.relation.column(number)
        if column is None or collation != column.row.collation:
            return None
        if opclass >= _FIRST_USER_OID or opclass in _PATTERN_OPERATOR_CLASSES:
            return None
        parts.append(quoted(column.name) + _ORDER_SQL[option & _MIRROR])
    included = index.relation.column_list_sql(index.included_columns)
    return f"({', '.join(parts)})" + (f" include ({included})" if included else "")


_ORDER_SQL = {0: "", 1: " desc nulls last", 2: " nulls first", 3: " desc"}


def keys_to_look_at(catalog: Catalog) -> Iterator[ForeignKey]:
    """Enforced foreign keys in scope, without those that a plain index on their columns obviously serves."""
    areas: tuple[type[Row], ...] = (PgConstraint, PgIndex, PgClass, PgNamespace, PgDepend)
    rows = catalog.derived(("keys to look at", catalog.scope), areas, lambda: _not_obviously_served(catalog))
    return (ForeignKey(catalog, row) for row in rows)


def _not_obviously_served(catalog: Catalog) -> tuple[PgConstraint, ...]:
    by_relation = catalog.grouped(PgIndex, "relation")
    return tuple(
        key.row
        for key in catalog.foreign_keys
        if key.row.enforced and not any(map(_is_plain_index_on, by_relation.get(key.row.relation, ()), repeat(key.row)))
    )


def _is_plain_index_on(index: PgIndex, key: PgConstraint) -> bool:
    """Whether `serves` is true of them for the plainest of reasons."""
    columns = key.columns
    if index.columns[0] not in columns or index.method != "btree" or index.predicate is not None:
        return False
    if index.key_count < len(columns) or not (index.valid and index.ready and index.live):
        return False
    return len(columns) == 1 or frozenset(index.columns[: len(columns)]) == frozenset(columns)


def lookup_candidates(key: ForeignKey) -> list[Index]:
    """The indexes that begin with a column of the key: only these can serve a lookup, wholly or in part."""
    catalog, row = key.catalog, key.row
    rows = catalog.grouped(PgIndex, "relation").get(row.relation, ())
    return [Index(catalog, one) for one in rows if one.columns[0] in row.columns]


def helps_in_part(index: Index, key: ForeignKey) -> bool:
    """Whether a lookup of the key could begin with this index and would have to read on without it.

    Its first column is one of the key's, and it has either no other columns or all of the key's somewhere.
    """
    columns = frozenset(key.row.columns)
    if not index.is_usable or index.row.method != "btree" or serves(index, key):
        return False
    if index.row.predicate is not None and not predicate_is_not_null_of(index.row.predicate, key.column_names):
        return False
    keys = index.key_columns
    return keys[0] in columns and (columns.issuperset(keys) or columns.issubset(index.row.columns))
