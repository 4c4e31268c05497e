"""Rows of one area over those of a catalog: changed ones in front, everything undoable."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from probes.catalog.catalog import Catalog
from probes.catalog.rows import (
    PgAttribute,
    PgCast,
    PgDepend,
    PgDescription,
    PgInherits,
    PgPartitionedTable,
    PgSequence,
    Row,
)

R = TypeVar("R", bound=Row)
Key = Hashable
Journal = list[tuple["Store[Any]", Key, Any]]
"""What to put back, newest last."""

_UNCHANGED = object()

_KEYS: dict[type[Row], Callable[[Any], Key]] = {
    PgAttribute: lambda row: (row.relation, row.number),
    PgInherits: lambda row: (row.child, row.parent),
    PgPartitionedTable: lambda row: row.relation,
    PgSequence: lambda row: row.relation,
    PgDescription: lambda row: (row.catalog, row.object, row.column),
    PgCast: lambda row: (row.source, row.target),
    PgDepend: lambda row: row,
}


def _oid(row: Any) -> Key:
    return row.oid  # type: ignore[no-any-return]


class Store(Generic[R]):
    """The rows of one area as the script has left them so far."""

    __slots__ = ("_base", "_below", "_changed", "_indexes", "_journal", "key_of", "row_type")

    def __init__(self, row_type: type[R], base: Catalog | None, journal: Journal) -> None:
        self.row_type = row_type
        self.key_of: Callable[[R], Key] = _KEYS.get(row_type, _oid)
        self._base = None if base is None or base.absent(row_type) is not None or not base.rows(row_type) else base
        self._below: dict[str, Mapping[object, list[R]]] = {}
        self._changed: dict[Key, R | None] = {}
        self._indexes: dict[str, dict[Key, dict[Key, R]]] = {}
        self._journal = journal

    @property
    def is_changed(self) -> bool:
        """Whether anything differs from the catalog below."""
        return bool(self._changed)

    def put(self, row: R) -> None:
        """Add a row, or replace the one with its key."""
        self._set(self.key_of(row), row)

    def remove(self, row: R) -> None:
        """Take a row out."""
        self._set(self.key_of(row), None)

    def standing(self, key: Key) -> Any:
        """What `restore` would have to put back to leave this key as it is now."""
        return self._changed.get(key, _UNCHANGED)

    def restore(self, key: Key, earlier: Any) -> None:
        """Put back what stood at a key, without a journal entry."""
        self._unindex(key)
        if earlier is _UNCHANGED:
            self._changed.pop(key, None)
        else:
            self._changed[key] = earlier
            self._index(key)

    def where(self, field: str, value: Key) -> list[R]:
        """Rows whose field has this value, those of the catalog first."""
        changed = self._changed
        found: list[R] | None = None
        if self._base is not None:
            grouped = self._below.get(field)
            if grouped is None:
                grouped = self._below[field] = self._base.grouped(self.row_type, field)
            found = grouped.get(value)
            if found and changed:
                key_of = self.key_of
                found = [row for row in found if key_of(row) not in changed]
        if not changed:
            return found or []
        index = self._indexes.get(field)
        above = (self._index_on(field) if index is None else index).get(value)
        if not above:
            return found or []
        return [*found, *above.values()] if found else list(above.values())

    def all(self) -> Iterator[R]:
        """Every row."""
        if self._base is not None:
            for row in self._base.rows(self.row_type):
                if self.key_of(row) not in self._changed:
                    yield row
        yield from (row for row in self._changed.values() if row is not None)

    def changed(self) -> Iterator[R]:
        """Rows that the script has made or changed."""
        yield from (row for row in self._changed.values() if row is not None)

    def _set(self, key: Key, row: R | None) -> None:
        self._journal.append((self, key, self._changed.get(key, _UNCHANGED)))
        self._unindex(key)
        self._changed[key] = row
        self._index(key)

    def _index(self, key: Key) -> None:
        row = self._changed.get(key)
        if row is not None:
            for field, index in self._indexes.items():
                index.setdefault(getattr(row, field), {})[key] = row

    def _unindex(self, key: Key) -> None:
        row = self._changed.get(key)
        if row is not None:
            for field, index in self._indexes.items():
                index.get(getattr(row, field), {}).pop(key, None)

    def _index_on(self, field: str) -> dict[Key, dict[Key, R]]:
        found = self._indexes.get(field)
        if found is None:
            found = self._indexes[field] = {}
            for key, row in self._changed.items():
                if row is not None:
                    found.setdefault(getattr(row, field), {})[key] = row
        return found
