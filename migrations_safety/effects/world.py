"""The database as a script has left it so far: a catalog below, the script's changes above, undoable to any mark."""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

from migrations_safety.effects.builtin import builtin_catalog
from migrations_safety.effects.extensions import EXTENSIONS_WITHOUT_RELATIONS
from migrations_safety.effects.store import Journal, Store
from probes.catalog.catalog import Catalog
from probes.catalog.rows import (
    ROW_TYPES,
    PgClass,
    PgExtension,
    PgIndex,
    PgNamespace,
    PgOpclass,
    PgPartitionedTable,
    Row,
)

R = TypeVar("R", bound=Row)

PG_CATALOG = 11
"""The oid of the schema pg_catalog."""
HEAP = 2
"""The oid of the access method heap."""
TEMPORARY = -1
"""Stands for the session's temporary schema."""
_FIRST_FRESH = -1000
_FIRST_ASSUMED = -1_000_000_000
"""Below this stand relations and schemas that are only assumed to exist."""


class Rewound(NamedTuple):
    """What a world that was taken back looked like."""

    mark: int
    entries: Journal
    standing: tuple[tuple[Store[Any], Hashable, Any], ...]
    """What stood at each key that had changed."""


class World:
    """A mutable picture that effects are worked out on. With no catalog it is open: what it lacks may still exist."""

    __slots__ = (
        "_assumed",
        "_fresh",
        "_journal",
        "_path",
        "_path_state",
        "_stores",
        "_transaction_mark",
        "base",
        "cursors",
        "default_opclasses",
        "is_complete",
        "major",
        "pending",
        "placeholders",
        "prepared",
        "settings",
        "unresolved",
    )

    def __init__(self, catalog: Catalog | None, major: int) -> None:
        self.is_complete = catalog is not None
        self.base = catalog or builtin_catalog(major)
        self.major = major
        self.settings: dict[str, str] = self.usual_settings()
        """What is in force of the settings that decide effects; `role` too, once one is set."""
        self.placeholders: dict[str, int] = {}
        """Schemas that placeholders of a migration tool were found to stand for, by the name put in their place."""
        self.prepared: dict[str, object] = {}
        """Queries that the script has prepared, by name, as the parser's JSON."""
        self.cursors: dict[str, object] = {}
        self.pending: set[int] = set()
        """Relations that may have deferred triggers waiting for the end of the transaction."""
        self.default_opclasses: dict[tuple[int, str], PgOpclass | None] = {}
        """What was found for built-in types."""
        self.unresolved: set[int] = set()
        """Relations of the script whose columns could not be worked out."""
        self._journal: Journal = []
        self._stores: dict[type[Row], Store[Any]] = {}
        self._path: tuple[int, ...] = ()
        self._path_state: tuple[str, int, int] = ("", -1, 0)
        """What the search path was last worked out from."""
        self._fresh = _FIRST_FRESH
        self._assumed = _FIRST_ASSUMED
        self._transaction_mark = _FIRST_FRESH

    def usual_settings(self) -> dict[str, str]:
        """What is in force before anything is set, and after a RESET."""
        return {
            "search_path": self.base.server.search_path or '"$user", public',
            "timezone": self.base.server.timezone,
            "check_function_bodies": "on",
        }

    # ---- rows

    def store(self, row_type: type[R]) -> Store[R]:
        """The rows of an area."""
        found = self._stores.get(row_type)
        if found is None:
            found = self._stores[row_type] = Store(row_type, self.base, self._journal)
        return cast("Store[R]", found)

    def where(self, row_type: type[R], field: str, value: Hashable) -> list[R]:
        """Rows of an area whose field has this value."""
        store = self._stores.get(row_type)
        return self.store(row_type).where(field, value) if store is None else store.where(field, value)

    def one(self, row_type: type[R], oid: int, field: str = "oid") -> R | None:
        """The row with this oid."""
        store = self._stores.get(row_type)
        return (self.store(row_type) if store is None else store).one(field, oid)

    def put(self, *rows: Row) -> None:
        """Add rows, or replace those with their keys."""
        for row in rows:
            store = self._stores.get(type(row))
            (self.store(type(row)) if store is None else store).put(row)

    def remove(self, *rows: Row) -> None:
        """Take rows out."""
        for row in rows:
            self.store(type(row)).remove(row)

    def fresh_oid(self) -> int:
        """An oid for a new object: negative, so that it cannot be the server's."""
        self._fresh -= 1
        return self._fresh

    def fresh_mark(self) -> int:
        """Objects with oids below this one are made later than now."""
        return self._fresh

    @property
    def knows_all(self) -> bool:
        """Whether what is not there is certainly not: not where the script makes an extension, whose parts are dark."""
        if not self.is_complete:
            return False
        extensions = self._stores.get(PgExtension)
        return extensions is None or not extensions.is_changed or all(row.oid > 0 for row in extensions.all())

    @property
    def bringer(self) -> str | None:
        """The extension of the script that may bring relations and schemas which are not there; None without one.

        What its script makes cannot be read from the catalog. Of the extensions that come with the server it is known.
        """
        if self.knows_all or not self.is_complete:
            return None
        made = (row.name for row in self.store(PgExtension).all() if row.oid < 0)
        return next((name for name in made if name not in EXTENSIONS_WITHOUT_RELATIONS), None)

    @property
    def checks_function_bodies(self) -> bool:
        """Whether the server looks into bodies that are strings. Dumps have it not to: what they name comes later."""
        return self.settings["check_function_bodies"].lower() not in _OFF

    # ---- what is only assumed

    def is_assumed(self, oid: int) -> bool:
        """Whether the object is not known but taken to exist, because there is no catalog."""
        return oid <= _FIRST_ASSUMED

    def assume_relation(self, schema: str | None, name: str, kind: str) -> PgClass:
        """A relation of which nothing but the name is known."""
        self._assumed -= 1
        namespace = 0 if schema is None else self.schema_oid(schema)
        if namespace is None and schema is not None:
            namespace = self.assume_schema(schema)
        row = new_class(self._assumed, name, namespace or 0, kind)
        self.put(row)
        return row

    def assume_schema(self, name: str) -> int:
        """A schema of which nothing but the name is known."""
        self._assumed -= 1
        self.put(PgNamespace(oid=self._assumed, name=name, owner=0, acl=None))
        return self._assumed

    # ---- schemas

    @property
    def implicit_schemas(self) -> frozenset[int]:
        """Schemas that are searched without being named."""
        return frozenset({PG_CATALOG, TEMPORARY})

    def temporary_schema(self) -> int:
        """The session's schema for temporary relations."""
        return TEMPORARY

    def search_path(self) -> tuple[int, ...]:
        """Oids of the schemas that unqualified names are looked up in, the implicit ones first."""
        state = (self.settings["search_path"], self.store(PgNamespace).version, len(self.placeholders))
        if state != self._path_state:
            self._path_state, self._path = state, self._searched(state[0])
        return self._path

    def _searched(self, setting: str) -> tuple[int, ...]:
        listed = search_path_names(setting, self.base.server.role)
        found = [oid for name in listed if (oid := self.schema_oid(name)) is not None]
        return (*(oid for oid in (TEMPORARY, PG_CATALOG) if oid not in found), *found)

    # ---- time

    def mark(self) -> int:
        """Where the changes stand now."""
        return len(self._journal)

    def forget(self) -> None:
        """Let go of how it was before: no mark that was given until now holds any more."""
        self._journal.clear()

    def undo(self, mark: int) -> None:
        """Take back every change made since a mark."""
        while len(self._journal) > mark:
            store, key, earlier = self._journal.pop()
            store.restore(key, earlier)

    def changed_since(self, row_type: type[R], mark: int) -> list[R]:
        """Rows of an area, keyed by one field, that were put since a mark and still stand."""
        store = self.store(row_type)
        keys = dict.fromkeys(key for changed, key, _ in self._journal[mark:] if changed is store)
        return [row for key in keys if (row := store.keyed(key)) is not None]

    def rewind(self, mark: int) -> Rewound:
        """Go back to a mark; gives what `restore` needs to come back to now."""
        entries = self._journal[mark:]
        standing = {(id(store), key): (store, key, store.standing(key)) for store, key, _ in entries}
        self.undo(mark)
        return Rewound(mark, entries, tuple(standing.values()))

    def restore(self, rewound: Rewound) -> None:
        """Be again as before a `rewind`, whatever happened meanwhile."""
        self.undo(rewound.mark)
        self._journal += rewound.entries
        for store, key, row in rewound.standing:
            store.restore(key, row)

    def begin_transaction(self) -> None:
        """What is made from now on, other sessions cannot see until the transaction ends."""
        self._transaction_mark = self._fresh
        self.pending.clear()

    def is_new(self, oid: int) -> bool:
        """Whether an object was made in the transaction that is running."""
        return oid < self._transaction_mark

    # ---- often asked

    def relation(self, oid: int) -> PgClass | PgIndex | None:
        """A relation or an index."""
        return self.one(PgClass, oid) or self.one(PgIndex, oid)

    def schema_name(self, oid: int) -> str:
        """The name of a schema."""
        if oid == TEMPORARY:
            return "pg_temp"
        found = self.one(PgNamespace, oid)
        return found.name if found else "pg_catalog"

    def schema_oid(self, name: str) -> int | None:
        """The oid of a schema; None where there is none."""
        if name == "pg_catalog":
            return PG_CATALOG
        if name == "pg_temp":
            return TEMPORARY
        found = self.where(PgNamespace, "name", name)
        return found[0].oid if found else self.placeholders.get(name)

    def partitioning(self, oid: int) -> PgPartitionedTable | None:
        """How a partitioned table is cut."""
        return self.one(PgPartitionedTable, oid, "relation")

    def catalog(self) -> Catalog:
        """The picture as a catalog."""
        changed: dict[type[Row], Any] = {
            row_type: tuple(store.all())
            for row_type in ROW_TYPES
            if (store := self._stores.get(row_type)) is not None and store.is_changed
        }
        if self.is_complete and self._assumed != _FIRST_ASSUMED:
            changed = {row_type: tuple(row for row in rows if _is_real(row)) for row_type, rows in changed.items()}
        return self.base.replacing(changed) if changed else self.base


def _is_real(row: Row) -> bool:
    """Whether a row is no relation that was only assumed, and no part of one."""
    return all(
        getattr(row, field, 0) > _FIRST_ASSUMED
        for field in ("oid", "relation", "namespace", "referenced", "child", "parent")
    )


def new_class(oid: int, name: str, namespace: int, kind: str) -> PgClass:
    """A relation as it is right after it was made, with nothing special about it."""
    return PgClass(
        oid=oid,
        name=name,
        namespace=namespace,
        kind=kind,
        owner=0,
        persistence="p",
        access_method=HEAP if kind in "rmp" else 0,
        tablespace=0,
        column_slots=0,
        pages=0,
        tuples=-1.0,
        all_visible_pages=0,
        row_security=False,
        force_row_security=False,
        is_partition=False,
        replica_identity="d" if kind in "rpm" else "n",
        options=(),
        acl=None,
        frozen_age_xids=0,
        min_multixact_age=0,
        of_type=0,
        foreign_server=0,
        row_type=0,
        toast_relation=0,
        toast_pages=0,
        toast_frozen_age_xids=0,
        toast_options=(),
        partition_bound=None,
    )


@cache
def search_path_names(setting: str, role: str) -> tuple[str, ...]:
    """The schemas that a search_path names, `$user` replaced."""
    found: list[str] = []
    for quoted, plain in _PATH_ITEM.findall(setting):
        name = quoted.replace('""', '"') if quoted else plain.strip().lower()
        if name:
            found.append(role if name == "$user" else name)
    return tuple(found)


_OFF = frozenset({"off", "of", "false", "fals", "fal", "fa", "f", "no", "n", "0"})
"""What parse_bool takes for false."""
_PATH_ITEM = re.compile(r'"((?:[^"]|"")+)"|([^",]+)')
