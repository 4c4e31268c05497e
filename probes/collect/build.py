"""Raw rows to rows of the catalog, column by column: a hundred thousand tables have millions of values."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from probes.catalog.expression import Expression, Unread
from probes.catalog.rows import PgClass, PgIndex, Row
from probes.collect.session import RawRow

R = TypeVar("R", bound=Row)
TextLookup = Callable[[int, str], Expression]


Known = dict[str, dict[Any, Any]]
"""By column, the values that were seen before: equal ones are to be one object."""


class Raw:
    """Rows of one query with their column names, and columns that were computed beside them."""

    __slots__ = ("_computed", "columns", "rows")

    def __init__(
        self, columns: Sequence[str], rows: list[RawRow], computed: Mapping[str, Sequence[Any]] | None = None
    ) -> None:
        self.columns = list(columns)
        self.rows = rows
        self._computed = dict(computed or {})

    def position(self, column: str) -> int:
        """Where a column stands in a row. A result without rows has no names: any position will do."""
        return self.columns.index(column) if self.rows else 0

    def column(self, column: str) -> Sequence[Any]:
        """The values of a column."""
        if column in self._computed:
            return self._computed[column]
        return list(map(itemgetter(self.position(column)), self.rows))

    def has(self, column: str) -> bool:
        """Whether there is a column of this name."""
        return column in self._computed or column in self.columns

    def keeping(self, column: str, kept: Container[Any]) -> Raw:
        """The rows whose value in a column is one of `kept`; nothing may have been computed yet."""
        if all(map(kept.__contains__, self.column(column))):
            return self
        position = self.position(column)
        return Raw(self.columns, [row for row in self.rows if row[position] in kept])

    def adding(self, computed: Mapping[str, Sequence[Any]]) -> Raw:
        """The same rows with columns computed anew or added."""
        return Raw(self.columns, self.rows, {**self._computed, **computed})

    def mapping(self, column: str, change: Callable[[Any], Any]) -> Raw:
        """The same rows with one column changed value by value."""
        return self.adding({column: list(map(change, self.column(column)))})

    def sharing(self, columns: Iterable[str], known: Known | None = None) -> Raw:
        """The same rows; in these columns, where there are such, equal values are one object."""
        shared: dict[str, Sequence[Any]] = {}
        for column in columns:
            if column in self.columns:
                values = self.column(column)
                one = {} if known is None else known.setdefault(column, {})
                shared[column] = list(map(one.setdefault, values, values))
        return self.adding(shared)

    def compact(self, arrays: Iterable[str], known: Known) -> list[RawRow]:
        """The rows with what was computed of their own columns in them; arrays as tuples that are shared."""
        values = {column: self.column(column) for column in self.columns}
        for column in arrays:
            if column in values:
                values[column] = _tuples(values[column], None, known.setdefault(column, {}))
        return list(zip(*values.values(), strict=True))


def make(row_type: type[R], raw: Raw, known: Known | None = None) -> tuple[R, ...]:
    """Rows whose columns are the fields of the row type, in any order. Arrays become tuples, null arrays empty ones.

    Raises LookupError where the query lacks a field: the fault of a query variant.
    """
    if not raw.rows:  # a streamed result without rows has no column names either
        return ()
    missing = [field for field in row_type.__struct_fields__ if not raw.has(field)]
    if missing:
        raise LookupError(f"the query of {row_type.area} gives no {', '.join(missing)}")
    arrays = array_fields(row_type)
    shared = {} if known is None else known
    values = (
        _tuples(raw.column(field), None if arrays[field] else (), shared.setdefault(field, {}))
        if field in arrays
        else raw.column(field)
        for field in row_type.__struct_fields__
    )
    return tuple(map(row_type, *values))


def array_fields(row_type: type[Row]) -> dict[str, bool]:
    """Names of array fields, and whether null stays null."""
    found: dict[str, bool] = {}
    for field in row_type.__struct_fields__:
        annotation = str(row_type.__annotations__.get(field, ""))
        if annotation.startswith("tuple["):
            found[field] = annotation.endswith("| None")
    return found


def _tuples(
    values: Iterable[Any], absent: tuple[()] | None, shared: dict[tuple[Any, ...], tuple[Any, ...]]
) -> list[tuple[Any, ...] | None]:
    """Most arrays are like many others: options, keys, classes."""
    return [absent if value is None else shared.setdefault(key := tuple(value), key) for value in values]


_OF_AN_INDEX = (
    "name",
    "namespace",
    "kind",
    "is_partition",
    "tablespace",
    "pages",
    "tuples",
    "options",
    "access_method",
)
_OF_A_TOAST = ("pages", "frozen_age_xids", "options")


def split_relations(raw: Raw, namespaces: Container[int]) -> tuple[Raw, dict[int, RawRow], dict[int, RawRow]]:
    """The pg_class rows of user relations; of those of indexes and TOAST tables, by oid, what `_OF_...` names."""
    if not raw.rows:
        return raw, {}, {}
    kind, oid, namespace = raw.position("kind"), raw.position("oid"), raw.position("namespace")
    of_an_index = itemgetter(*map(raw.position, _OF_AN_INDEX))
    of_a_toast = itemgetter(*map(raw.position, _OF_A_TOAST))
    relations: list[RawRow] = []
    indexes: dict[int, RawRow] = {}
    toasts: dict[int, RawRow] = {}
    for row in raw.rows:
        what = row[kind]
        if what in {"i", "I"}:
            if row[namespace] in namespaces:
                indexes[row[oid]] = of_an_index(row)
        elif what == "t":
            toasts[row[oid]] = of_a_toast(row)
        elif row[namespace] in namespaces:
            relations.append(row)
    return Raw(raw.columns, relations), indexes, toasts


def relations(raw: Raw, toasts: Mapping[int, RawRow], bounds: TextLookup) -> tuple[PgClass, ...]:
    """Relations with their TOAST tables folded in."""
    none = (0, 0, ())
    pages, ages, options = (
        zip(*(toasts.get(oid, none) for oid in raw.column("toast_relation")), strict=True) if raw.rows else ((), (), ())
    )
    folded = raw.adding(
        {
            "toast_pages": pages,
            "toast_frozen_age_xids": ages,
            "toast_options": options,
            "foreign_server": [0] * len(raw.rows),
            "partition_bound": texts_of(bounds, raw.column("oid"), raw.column("partition_bound_digest")),
        }
    )
    return make(PgClass, folded)


def indexes(
    raw: Raw, classes: Mapping[int, RawRow], methods: Mapping[int, str], texts: Mapping[str, TextLookup]
) -> tuple[PgIndex, ...]:
    """Indexes joined with what `split_relations` gave of their pg_class rows."""
    if not classes:
        return ()
    known = raw.keeping("oid", classes)
    oids = known.column("oid")
    own = Raw(_OF_AN_INDEX, [classes[oid] for oid in oids]).sharing(["name", "namespace"])
    joined = known.adding(
        {
            **{name: own.column(name) for name in _OF_AN_INDEX},
            "method": [methods.get(oid, "unknown") for oid in own.column("access_method")],
            "expressions": texts_of(texts["expressions"], oids, known.column("expressions_digest")),
            "predicate": texts_of(texts["predicate"], oids, known.column("predicate_digest")),
        }
    )
    return make(PgIndex, joined.sharing(["relation"]))


def texts_of(texts: TextLookup, oids: Iterable[int], digests: Iterable[str | None]) -> list[Expression | None]:
    """The texts where there are expressions."""
    return [None if digest is None else texts(oid, digest) for oid, digest in zip(oids, digests, strict=True)]


def unread(reason: str) -> TextLookup:
    """Texts that were not asked for."""
    value = Unread(reason)
    return lambda _oid, _digest: value
