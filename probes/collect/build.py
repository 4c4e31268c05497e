"""Raw rows of the server to rows of the catalog."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from probes.catalog.expression import Expression, Unread
from probes.catalog.rows import PgClass, PgIndex, Row
from probes.collect.session import RawRow

R = TypeVar("R", bound=Row)


def make(row_type: type[R], columns: Sequence[str], rows: Iterable[RawRow]) -> tuple[R, ...]:
    """Rows whose columns are the fields of the row type, in any order. Arrays become tuples, null arrays empty ones.

    Raises LookupError where the query lacks a field: the fault of a query variant.
    """
    materialised = list(rows)
    if not materialised:  # a streamed result without rows has no column names either
        return ()
    positions = _positions(row_type, columns)
    in_order = positions == list(range(len(positions)))
    ordered = materialised if in_order else [[row[position] for position in positions] for row in materialised]
    arrays = _array_fields(row_type)
    if not arrays:
        return tuple(row_type(*row) for row in ordered)
    return tuple(_with_tuples(row_type, row, arrays) for row in ordered)


def _positions(row_type: type[Row], columns: Sequence[str]) -> list[int]:
    missing = [field for field in row_type.__struct_fields__ if field not in columns]
    if missing:
        raise LookupError(f"the query of {row_type.area} gives no {', '.join(missing)}")
    return [list(columns).index(field) for field in row_type.__struct_fields__]


def _array_fields(row_type: type[Row]) -> list[tuple[int, bool]]:
    """Positions of array fields, and whether null stays null."""
    found: list[tuple[int, bool]] = []
    for position, field in enumerate(row_type.__struct_fields__):
        annotation = str(row_type.__annotations__.get(field, ""))
        if annotation.startswith("tuple["):
            found.append((position, annotation.endswith("| None")))
    return found


def _with_tuples(row_type: type[R], row: Sequence[Any], arrays: list[tuple[int, bool]]) -> R:
    values = list(row)
    for position, nullable in arrays:
        value = values[position]
        if value is not None:
            values[position] = tuple(value)
        elif not nullable:
            values[position] = ()
    return row_type(*values)


class Raw:
    """Raw rows of one query, with their column names."""

    __slots__ = ("columns", "rows")

    def __init__(self, columns: Sequence[str], rows: list[RawRow]) -> None:
        self.columns = list(columns)
        self.rows = rows

    def position(self, column: str) -> int:
        """Where a column stands. A result without rows has no names: any position will do."""
        return self.columns.index(column) if self.rows else 0

    def replacing(self, changes: Mapping[str, Callable[[RawRow], Any]], dropped: Iterable[str] = ()) -> Raw:
        """The same rows with columns computed anew or added, and some dropped."""
        gone = set(dropped) | set(changes)
        kept = [(name, position) for position, name in enumerate(self.columns) if name not in gone]
        computed = list(changes.values())
        rows = [
            (*(row[position] for _, position in kept), *(compute(row) for compute in computed)) for row in self.rows
        ]
        return Raw([*(name for name, _ in kept), *changes], rows)


def split_relations(raw: Raw, namespaces: frozenset[int]) -> tuple[Raw, dict[int, RawRow], dict[int, RawRow]]:
    """The pg_class rows of user relations; those of indexes by oid; those of TOAST tables by oid."""
    kind, oid, namespace = raw.position("kind"), raw.position("oid"), raw.position("namespace")
    relations: list[RawRow] = []
    indexes: dict[int, RawRow] = {}
    toasts: dict[int, RawRow] = {}
    for row in raw.rows:
        what = row[kind]
        if what in {"i", "I"}:
            if row[namespace] in namespaces:
                indexes[row[oid]] = row
        elif what == "t":
            toasts[row[oid]] = row
        elif row[namespace] in namespaces:
            relations.append(row)
    return Raw(raw.columns, relations), indexes, toasts


def relations(raw: Raw, toasts: Mapping[int, RawRow], bounds: Callable[[int, str], Expression]) -> tuple[PgClass, ...]:
    """Relations with their TOAST tables folded in."""
    at = {name: raw.position(name) for name in raw.columns}

    def toast(row: RawRow, column: str, absent: Any) -> Any:
        found = toasts.get(row[at["toast_relation"]])
        return absent if found is None else found[at[column]]

    folded = raw.replacing(
        {
            "toast_pages": lambda row: toast(row, "pages", 0),
            "toast_frozen_age_xids": lambda row: toast(row, "frozen_age_xids", 0),
            "toast_options": lambda row: toast(row, "options", ()),
            "foreign_server": lambda _: 0,
            "partition_bound": lambda row: text_or_none(bounds, row[at["oid"]], row[at["partition_bound_digest"]]),
        },
        dropped=("partition_bound_digest",),
    )
    return make(PgClass, folded.columns, folded.rows)


def indexes(
    raw: Raw,
    classes: Mapping[int, RawRow],
    class_columns: Sequence[str],
    methods: Mapping[int, str],
    texts: Mapping[str, Callable[[int, str], Expression]],
) -> tuple[PgIndex, ...]:
    """Indexes joined with their pg_class rows."""
    if not classes:
        return ()
    at = {name: position for position, name in enumerate(class_columns)}
    oid = raw.position("oid")
    known = Raw(raw.columns, [row for row in raw.rows if row[oid] in classes])

    def of_class(column: str) -> Callable[[RawRow], Any]:
        position = at[column]
        return lambda row: classes[row[oid]][position]

    method = at["access_method"]
    joined = known.replacing(
        {
            **{name: of_class(name) for name in ("name", "namespace", "kind", "is_partition", "tablespace")},
            **{name: of_class(name) for name in ("pages", "tuples", "options")},
            "method": lambda row: methods.get(classes[row[oid]][method], "unknown"),
            "expressions": _text_of(known, "expressions_digest", texts["expressions"]),
            "predicate": _text_of(known, "predicate_digest", texts["predicate"]),
        },
        dropped=("expressions_digest", "predicate_digest"),
    )
    return make(PgIndex, joined.columns, joined.rows)


def _text_of(raw: Raw, digest: str, texts: Callable[[int, str], Expression]) -> Callable[[RawRow], Expression | None]:
    oid, position = raw.position("oid"), raw.position(digest)
    return lambda row: text_or_none(texts, row[oid], row[position])


def text_or_none(texts: Callable[[int, str], Expression], oid: int, digest: str | None) -> Expression | None:
    """The text where there is an expression."""
    return None if digest is None else texts(oid, digest)


def unread(reason: str) -> Callable[[int, str], Expression]:
    """Texts that were not asked for."""
    value = Unread(reason)
    return lambda _oid, _digest: value
