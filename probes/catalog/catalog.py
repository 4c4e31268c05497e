"""The picture of a database: rows by area, indexed on demand, and what is missing from it."""

from __future__ import annotations

import copy
import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, TypeVar, cast

import msgspec

from probes.catalog.navigation import Constraint, ForeignKey, Function, Index, Policy, Relation, Role, TypeName
from probes.catalog.navigation.relations import TABLE_KINDS
from probes.catalog.rows import (
    ROW_TYPES,
    PgAttribute,
    PgClass,
    PgConstraint,
    PgDepend,
    PgIndex,
    PgNamespace,
    PgPolicy,
    PgProc,
    PgRole,
    PgSetting,
    PgType,
    Row,
)
from probes.catalog.scope import Scope
from probes.catalog.server import Server

R = TypeVar("R", bound=Row)
T = TypeVar("T")


class Absent(msgspec.Struct, frozen=True):
    """Why an area is not in the picture, and the privilege, extension or version that would bring it."""

    reason: str
    needs: str | None = None


class NotCollectedError(Exception):
    """Raised when an area is read that was not collected. Not checked is not clean."""

    def __init__(self, row_type: type[Row], absent: Absent) -> None:
        self.row_type = row_type
        self.absent = absent
        super().__init__(f"{row_type.area} was not collected: {absent.reason}")


class UndeclaredAreaError(Exception):
    """Raised when a check reads an area that it did not declare: a fault of the check."""

    def __init__(self, row_type: type[Row]) -> None:
        super().__init__(f"the check reads {row_type.__name__} and does not name it in its needs")


class Catalog:
    """An immutable picture of one database.

    Rows are reached by type (`catalog.rows(PgIndex)`), by key (`catalog.find(PgClass, oid)`) or by walking
    (`for fk in catalog.foreign_keys: fk.referencing.indexes`). Reading an area that was not collected raises
    NotCollectedError; an empty area is really empty.
    """

    __slots__ = ("_allowed", "_areas", "_maps", "_seen", "scope", "server")

    def __init__(
        self, server: Server, areas: Mapping[type[Row], tuple[Row, ...] | Absent], scope: Scope | None = None
    ) -> None:
        self.server = server
        self.scope = scope or Scope()
        self._areas = dict(areas)
        self._maps: dict[object, Any] = {}
        self._seen: dict[object, Any] = {}  # indexes that this view has been allowed to read
        self._allowed: frozenset[type[Row]] | None = None

    # ---- areas

    def rows(self, row_type: type[R]) -> tuple[R, ...]:
        """All rows of an area. Raises NotCollectedError where the area is absent."""
        if self._allowed is not None and row_type not in self._allowed:
            raise UndeclaredAreaError(row_type)
        found = self._areas.get(row_type)
        if isinstance(found, tuple):
            return cast("tuple[R, ...]", found)
        raise NotCollectedError(row_type, found or Absent("it was not asked for"))

    def absent(self, row_type: type[Row]) -> Absent | None:
        """Why the area is missing; None where it was collected."""
        found = self._areas.get(row_type)
        return None if isinstance(found, tuple) else found or Absent("it was not asked for")

    def areas(self) -> Iterator[tuple[type[Row], tuple[Row, ...] | Absent]]:
        """Every area with its rows, or why it has none, in the order of ROW_TYPES."""
        for row_type in ROW_TYPES:
            found = self._areas.get(row_type)
            if found is not None:
                yield row_type, found

    def restricted_to(self, row_types: Iterable[type[Row]]) -> Catalog:
        """The same picture in which only these areas may be read; shares rows and indexes."""
        view = copy.copy(self)
        view._allowed = frozenset(row_types)  # noqa: SLF001 - of our own class
        view._seen = {}  # noqa: SLF001 - of our own class
        return view

    def replacing(self, changed: Mapping[type[Row], tuple[Row, ...] | Absent]) -> Catalog:
        """A new picture with some areas exchanged."""
        return Catalog(self.server, {**self._areas, **changed}, self.scope)

    def within(self, scope: Scope) -> Catalog:
        """The same picture, walked under another scope."""
        return Catalog(self.server, self._areas, scope)

    # ---- finding rows

    def find(self, row_type: type[R], key: object, field: str = "oid") -> R | None:
        """The row whose `field` is `key`, or None. The index over the area is built once."""
        found: Mapping[object, R] | None = self._seen.get((row_type, field))
        return (self.keyed(row_type, field) if found is None else found).get(key)

    def keyed(self, row_type: type[R], field: str = "oid") -> Mapping[object, R]:
        """Rows by a field that is unique in the area."""
        found: Mapping[object, R] | None = self._seen.get((row_type, field))
        if found is None:
            found = self._shared((row_type, field), (row_type,), lambda: _by(self.rows(row_type), field))
        return found

    def grouped(self, row_type: type[R], field: str) -> Mapping[object, list[R]]:
        """Rows by a field that many share, in collected order; columns in the order of their numbers."""
        found: Mapping[object, list[R]] | None = self._seen.get((row_type, field, "many"))
        if found is None:
            key = (row_type, field, "many")
            found = self._shared(key, (row_type,), lambda: _groups_by(self.rows(row_type), field))
        return found

    def derived(self, key: object, row_types: Iterable[type[Row]], make: Callable[[], T]) -> T:
        """What `make` gives, made once for this picture. It must hold no catalog, and read no more than `row_types`."""
        return self._shared(("derived", key), row_types, make)

    def _shared(self, key: object, row_types: Iterable[type[Row]], make: Callable[[], T]) -> T:
        """What `make` gives, made once for all views; each view is asked once whether it may read the areas."""
        found: T | None = self._seen.get(key)
        if found is None:
            for row_type in row_types:
                self.rows(row_type)
            found = self._maps.get(key)
            if found is None:
                found = self._maps[key] = make()
            self._seen[key] = found
        return found

    def extension_members(self, catalog: str) -> frozenset[int]:
        """Object ids in a system catalog (`pg_class` ...) that belong to an extension."""
        return self._shared("extension members", (PgDepend,), self._extension_members).get(catalog, frozenset())

    def _extension_members(self) -> Mapping[str, frozenset[int]]:
        found: dict[str, set[int]] = {}
        for row in self.rows(PgDepend):
            if row.kind == "e":
                found.setdefault(row.catalog, set()).add(row.object)
        return {catalog: frozenset(members) for catalog, members in found.items()}

    # ---- walking: only objects in scope, never members of extensions

    @property
    def tables(self) -> Iterator[Relation]:
        """Ordinary, partitioned and (as partitions are tables) leaf tables in scope."""
        return map(partial(Relation, self), self.tables_in_scope)

    @property
    def relations(self) -> Iterator[Relation]:
        """Every relation in scope."""
        return map(partial(Relation, self), self.relations_in_scope)

    def relations_of(self, kinds: str) -> Iterator[Relation]:
        """Relations in scope whose pg_class.relkind is one of these letters."""
        areas = (PgClass, PgNamespace, PgDepend)
        rows = self._shared(("relations", kinds, self.scope), areas, lambda: self._of_kinds(kinds))
        return map(partial(Relation, self), rows)

    def _of_kinds(self, kinds: str) -> tuple[PgClass, ...]:
        return tuple(row for row in self.relations_in_scope if row.kind in kinds)

    @property
    def relations_in_scope(self) -> tuple[PgClass, ...]:
        """Rows of every relation in scope, for those who look at very many and seldom find."""
        areas = (PgClass, PgNamespace, PgDepend)
        return self._shared(("relations", self.scope), areas, self._relations_in_scope)

    def _relations_in_scope(self) -> tuple[PgClass, ...]:
        members, schemas = self.extension_members("pg_class"), self.schemas_in_scope
        own = (row for row in self.rows(PgClass) if row.namespace in schemas and row.oid not in members)
        if not self.scope.exclude_tables:
            return tuple(own)
        return tuple(row for row in own if self.scope.covers_table(f"{schemas[row.namespace]}.{row.name}"))

    @property
    def tables_in_scope(self) -> tuple[PgClass, ...]:
        """Rows of every table in scope."""
        return self._shared(("tables", self.scope), (PgClass, PgNamespace, PgDepend), self._tables_in_scope)

    def _tables_in_scope(self) -> tuple[PgClass, ...]:
        return tuple(row for row in self.relations_in_scope if row.kind in TABLE_KINDS)

    @property
    def schemas_in_scope(self) -> Mapping[int, str]:
        """Names of the schemas in scope by oid; those that an extension owns are out."""
        return self._shared(("schemas", self.scope), (PgNamespace, PgDepend), self._schemas_in_scope)

    def _schemas_in_scope(self) -> Mapping[int, str]:
        members = self.extension_members("pg_namespace")
        rows = self.rows(PgNamespace)
        return {row.oid: row.name for row in rows if self.scope.covers_schema(row.name) and row.oid not in members}

    @property
    def constraints(self) -> Iterator[Constraint]:
        """Constraints of tables in scope."""
        return map(partial(Constraint, self), self.constraints_in_scope)

    @property
    def constraints_in_scope(self) -> tuple[PgConstraint, ...]:
        """Rows of the constraints of tables in scope."""
        return self._parts_in_scope(PgConstraint)

    @property
    def primary_keys(self) -> Mapping[int, PgConstraint]:
        """Rows of all primary keys by the oid of their table."""
        return self._shared("primary keys", (PgConstraint,), self._primary_keys)

    def _primary_keys(self) -> Mapping[int, PgConstraint]:
        return {row.relation: row for row in self.rows(PgConstraint) if row.kind == "p"}

    @property
    def foreign_keys(self) -> Iterator[ForeignKey]:
        """Foreign keys of tables in scope, as they were declared: copies in partitions are left out."""
        return map(partial(ForeignKey, self), self.foreign_keys_in_scope)

    @property
    def foreign_keys_in_scope(self) -> tuple[PgConstraint, ...]:
        """Rows of the foreign keys of tables in scope, without copies in partitions."""
        areas = (PgConstraint, PgClass, PgNamespace, PgDepend)
        return self._shared(("keys", self.scope), areas, self._foreign_keys)

    def _foreign_keys(self) -> tuple[PgConstraint, ...]:
        by_relation = self.grouped(PgConstraint, "relation")
        parts = (row for table in self.tables_in_scope for row in by_relation.get(table.oid, ()))
        return tuple(row for row in parts if row.kind == "f" and row.parent == 0)

    @property
    def indexes(self) -> Iterator[Index]:
        """Indexes of relations in scope."""
        return map(partial(Index, self), self.indexes_in_scope)

    @property
    def indexes_in_scope(self) -> tuple[PgIndex, ...]:
        """Rows of the indexes of relations in scope."""
        return self._parts_in_scope(PgIndex)

    def _parts_in_scope(self, row_type: type[R]) -> tuple[R, ...]:
        areas = (row_type, PgClass, PgNamespace, PgDepend)
        return self._shared(("parts", row_type, self.scope), areas, lambda: self._parts(row_type))

    def _parts(self, row_type: type[R]) -> tuple[R, ...]:
        by_relation = self.grouped(row_type, "relation")
        return tuple(row for relation in self.relations_in_scope for row in by_relation.get(relation.oid, ()))

    @property
    def policies(self) -> Iterator[Policy]:
        """Row security policies of tables in scope."""
        by_relation = self.grouped(PgPolicy, "relation")
        of_tables = (by_relation.get(table.oid, ()) for table in self.tables_in_scope)
        return map(partial(Policy, self), chain.from_iterable(of_tables))

    @property
    def functions(self) -> Iterator[Function]:
        """Functions and procedures in scope."""
        members = self.extension_members("pg_proc")
        schemas = self.schemas_in_scope
        for row in self.rows(PgProc):
            if row.namespace in schemas and row.oid not in members:
                yield Function(self, row)

    @property
    def roles(self) -> Iterator[Role]:
        """Every role, predefined ones included."""
        return (Role(self, row) for row in self.rows(PgRole))

    # ---- single objects

    def relation(self, oid: int) -> Relation | None:
        """The relation with this oid, in scope or not."""
        row = self.find(PgClass, oid)
        return Relation(self, row) if row else None

    def column_row(self, relation: int, number: int) -> PgAttribute | None:
        """The row of the column of a relation with this attribute number."""
        return numbered(self.grouped(PgAttribute, "relation").get(relation, ()), number)

    def relation_named(self, schema: str, name: str) -> Relation | None:
        """The relation `schema.name`."""
        self.rows(PgClass)
        names = self._maps.get("relation names")
        if names is None:
            schemas = {row.oid: row.name for row in self.rows(PgNamespace)}
            names = {(schemas.get(row.namespace, ""), row.name): row for row in self.rows(PgClass)}
            self._maps["relation names"] = names
        row = cast("PgClass | None", names.get((schema, name)))
        return Relation(self, row) if row else None

    def schema_name(self, oid: int) -> str:
        """The name of a schema; pg_catalog and its kind are not collected and come out as `pg_catalog`."""
        row = self.find(PgNamespace, oid)
        return row.name if row else "pg_catalog"

    def role(self, oid: int) -> Role | None:
        """The role with this oid; None for PUBLIC (0) and for roles that are gone."""
        row = self.find(PgRole, oid)
        return Role(self, row) if row else None

    def type_name(self, oid: int, typmod: int = -1) -> TypeName:
        """The type, ready to be written as format_type() would."""
        return TypeName(self, self.find(PgType, oid), oid, typmod)

    def setting(self, name: str) -> PgSetting | None:
        """The setting, or None where the server has none of that name or our role may not see it."""
        return self.find(PgSetting, name, "name")


def numbered(columns: Sequence[PgAttribute], number: int) -> PgAttribute | None:
    """The row with this attribute number among those of a relation."""
    if 0 < number <= len(columns) and columns[number - 1].number == number:  # none before it was dropped
        return columns[number - 1]
    for row in columns:
        if row.number == number:
            return row
    return None


_number = operator.attrgetter("number")


def _by(rows: Iterable[R], field: str) -> Mapping[object, R]:
    every = tuple(rows)
    return dict(zip(map(operator.attrgetter(field), every), every, strict=True))


def _groups_by(rows: Iterable[R], field: str) -> Mapping[object, list[R]]:
    found: defaultdict[object, list[R]] = defaultdict(list)
    get = operator.attrgetter(field)
    for row in rows:
        found[get(row)].append(row)
    for group in found.values():
        if not isinstance(group[0], PgAttribute):
            break
        group.sort(key=_number)
    return dict(found)
