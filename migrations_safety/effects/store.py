"""Rows of one area over those of a catalog: changed ones in front, everything undoable."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from operator import attrgetter
from typing import Any, Generic, TypeAlias, TypeVar

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

_Index: TypeAlias = dict[Key, R | dict[Key, R]]
"""Rows by the value of a field: the one row that has it, or several by their keys in the order of their coming."""

_UNCHANGED = object()

_KEYS: dict[type[Row], tuple[str, ...]] = {
    PgAttribute: ("relation", "number"),
    PgInherits: ("child", "parent"),
    PgPartitionedTable: ("relation",),
    PgSequence: ("relation",),
    PgDescription: ("catalog", "object", "column"),
    PgCast: ("source", "target"),
    PgDepend: (),
}
"""The fields that tell the rows of an area apart, where it is not the oid; none where it takes all of them."""


def _whole(row: Row) -> Key:
    return row


class Store(Generic[R]):
    """The rows of one area as the script has left them so far."""

    __slots__ = (
        "_base", "_below", "_changed", "_indexes", "_journal", "_key_field", "_upkeep", "key_of", "row_type",
        "version",
    )  # fmt: skip

    def __init__(self, row_type: type[R], base: Catalog | None, journal: Journal) -> None:
        self.row_type = row_type
        key = _KEYS.get(row_type, ("oid",))
        self._key_field = key[0] if len(key) == 1 else None
        self.key_of: Callable[[R], Key] = attrgetter(*key) if key else _whole
        self._base = None if base is None or base.absent(row_type) is not None or not base.rows(row_type) else base
        self._below: dict[str, Mapping[object, list[R]]] = {}
        self._changed: dict[Key, R | None] = {}
        self._indexes: dict[str, _Index[R]] = {}
        self._upkeep: list[tuple[Callable[[R], Key], _Index[R]]] = []
        self._journal = journal
        self.version = 0
        """Counts changes: what was worked out at one number still holds at it."""

    @property
    def is_changed(self) -> bool:
        """Whether anything differs from the catalog below."""
        return bool(self._changed)

    @property
    def is_empty(self) -> bool:
        """Whether there is no row."""
        return next(self.all(), None) is None if self._changed else self._base is None

    def put(self, row: R) -> None:
        """Add a row, or replace the one with its key."""
        key = self.key_of(row)
        self._journal.append((self, key, self._changed.get(key, _UNCHANGED)))
        self._exchange(key, row)

    def remove(self, row: R) -> None:
        """Take a row out."""
        key = self.key_of(row)
        self._journal.append((self, key, self._changed.get(key, _UNCHANGED)))
        self._exchange(key, None)

    def standing(self, key: Key) -> Any:
        """What `restore` would have to put back to leave this key as it is now."""
        return self._changed.get(key, _UNCHANGED)

    def restore(self, key: Key, earlier: Any) -> None:
        """Put back what stood at a key, without a journal entry."""
        if earlier is _UNCHANGED:
            self._exchange(key, None)
            self._changed.pop(key, None)
        else:
            self._exchange(key, earlier)

    def where(self, field: str, value: Key) -> list[R]:
        """Rows whose field has this value, those of the catalog first."""
        if field == self._key_field:
            row = self.keyed(value)
            return [] if row is None else [row]
        changed = self._changed
        found: list[R] | None = None
        if self._base is not None:
            found = self._groups(field).get(value)
            if found and changed:
                key_of = self.key_of
                found = [row for row in found if key_of(row) not in changed]
        if not changed:
            return found or []
        index = self._indexes.get(field)
        above = (self._index_on(field) if index is None else index).get(value)
        if not above:
            return found or []
        rows = list(above.values()) if isinstance(above, dict) else [above]
        return [*found, *rows] if found else rows

    def keyed(self, key: Key) -> R | None:
        """The row of that key, where rows are keyed by one field."""
        row = self._changed.get(key, _UNCHANGED)
        if row is not _UNCHANGED:
            return row  # type: ignore[return-value]
        if self._base is None:
            return None
        found = self._groups(self._key_field or "").get(key)
        return found[0] if found else None

    def one(self, field: str, value: Key) -> R | None:
        """The first row whose field has this value."""
        if field == self._key_field:
            return self.keyed(value)
        found = self.where(field, value)
        return found[0] if found else None

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

    def _groups(self, field: str) -> Mapping[object, list[R]]:
        """Rows of the catalog below by a field."""
        found = self._below.get(field)
        if found is None:
            assert self._base is not None  # noqa: S101 - asked by those who have looked
            found = self._below[field] = self._base.grouped(self.row_type, field)
        return found

    def _exchange(self, key: Key, row: R | None) -> None:
        """Put another row at a key, in the indexes too, where it comes last."""
        before = self._changed.get(key)
        self._changed[key] = row
        self.version += 1
        for get, index in self._upkeep:
            if before is not None:
                value = get(before)
                rows = index[value]
                if isinstance(rows, dict):
                    del rows[key]
                else:
                    del index[value]
            if row is not None:
                self._note(index, get(row), key, row)

    def _note(self, index: _Index[R], value: Key, key: Key, row: R) -> None:
        rows = index.get(value)
        if rows is None:
            index[value] = row
        elif isinstance(rows, dict):
            rows[key] = row
        else:
            index[value] = {self.key_of(rows): rows, key: row}

    def _index_on(self, field: str) -> _Index[R]:
        get: Callable[[R], Key] = attrgetter(field)
        found: _Index[R] = {}
        for key, row in self._changed.items():
            if row is not None:
                self._note(found, get(row), key, row)
        self._indexes[field] = found
        self._upkeep.append((get, found))
        return found
