"""Finding the objects that findings are about in a catalog: whether they are there, and as which row."""

from __future__ import annotations

from functools import cached_property

from probes.catalog.catalog import Catalog
from probes.catalog.rows import (
    PgAttribute,
    PgClass,
    PgConstraint,
    PgIndex,
    PgNamespace,
    PgPolicy,
    PgProc,
    PgRole,
    PgTrigger,
    Row,
)
from probes.catalog.scope import Scope
from probes.finding import ObjectRef

_RELATIONS = frozenset({"table", "partitioned table", "view", "materialized view", "sequence", "foreign table"})
_ON_A_TABLE: dict[str, tuple[type[PgConstraint | PgPolicy | PgTrigger], str]] = {
    "constraint": (PgConstraint, "relation"),
    "policy": (PgPolicy, "relation"),
    "trigger": (PgTrigger, "relation"),
}


def is_in_scope(scope: Scope, one: ObjectRef) -> bool:
    """Whether a run of this scope was to look at the object."""
    schema = one.name if one.kind == "schema" else one.schema
    if schema is None:
        return True
    table = one.table or (one.name if one.kind in _RELATIONS else None)
    return scope.covers_schema(schema) and (table is None or scope.covers_table(f"{schema}.{table}"))


class Objects:
    """Looks objects up by the names that findings use."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def exists(self, one: ObjectRef) -> bool | None:
        """Whether it is there; None where the catalog cannot say, or its kind is none that is kept."""
        if one.kind == "column":
            table = self._relation(one)
            return None if not self._collected(PgAttribute, PgClass) else self._has_column(table, one.name)
        if not self._is_looked_up(one.kind):
            return None
        return self.oid_of(one) is not None

    def oid_of(self, one: ObjectRef) -> int | None:
        """The oid of its row; None where there is none, or more than one could be meant."""
        if not self._is_looked_up(one.kind):
            return None
        if one.kind in _RELATIONS:
            return self._relations.get((one.schema, one.name))
        if one.kind == "index":
            return self._indexes.get((one.schema, one.name))
        if one.kind in _ON_A_TABLE:
            row_type, field = _ON_A_TABLE[one.kind]
            table = self._relation(one)
            on_it = [] if table is None else self._catalog.grouped(row_type, field).get(table, [])
            return next((row.oid for row in on_it if row.name == one.name), None)
        if one.kind == "function":
            found = self._functions.get((one.schema, one.name.partition("(")[0]), [])
            return found[0] if len(found) == 1 else None
        rows = self._catalog.rows(PgRole) if one.kind == "role" else self._catalog.rows(PgNamespace)
        return next((row.oid for row in rows if row.name == one.name), None)

    def _is_looked_up(self, kind: str) -> bool:
        if kind in _RELATIONS:
            return self._collected(PgClass)
        if kind in _ON_A_TABLE:
            return self._collected(PgClass, _ON_A_TABLE[kind][0])
        needed: dict[str, type[Row]] = {"index": PgIndex, "function": PgProc, "role": PgRole, "schema": PgNamespace}
        return kind in needed and self._collected(needed[kind])

    def _collected(self, *row_types: type[Row]) -> bool:
        needed: tuple[type[Row], ...] = (PgNamespace, *row_types)
        return all(self._catalog.absent(row_type) is None for row_type in needed)

    def _relation(self, one: ObjectRef) -> int | None:
        return self._relations.get((one.schema, one.table or ""))

    def _has_column(self, table: int | None, name: str) -> bool:
        if table is None:
            return False
        return any(row.name == name for row in self._catalog.grouped(PgAttribute, "relation").get(table, []))

    @cached_property
    def _relations(self) -> dict[tuple[str | None, str], int]:
        schema = self._catalog.schema_name
        return {(schema(row.namespace), row.name): row.oid for row in self._catalog.rows(PgClass)}

    @cached_property
    def _indexes(self) -> dict[tuple[str | None, str], int]:
        schema = self._catalog.schema_name
        return {(schema(row.namespace), row.name): row.oid for row in self._catalog.rows(PgIndex)}

    @cached_property
    def _functions(self) -> dict[tuple[str | None, str], list[int]]:
        found: dict[tuple[str | None, str], list[int]] = {}
        for row in self._catalog.rows(PgProc):
            found.setdefault((self._catalog.schema_name(row.namespace), row.name), []).append(row.oid)
        return found
