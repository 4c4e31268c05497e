"""Queries that mention what another one mentions: for views and bodies whose own text the catalog does not hold.

A view of the same columns over the same relations, functions and types stands in for the real one. It holds the same
locks, blocks the same ALTER and depends on the same columns; only its rows would be others, and a shadow has none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from probes.catalog.names import quoted
from probes.catalog.rows import PgAttribute, PgClass, PgDepend, PgProc, PgType
from probes.render.model import UnwritableError
from probes.render.scribe import Scribe

_PSEUDO = {
    "any": "text", "anyelement": "text", "anynonarray": "text", "anycompatible": "text",
    "anycompatiblenonarray": "text", "anyarray": "text[]", "anycompatiblearray": "text[]", "anyrange": "int4range",
    "anycompatiblerange": "int4range", "cstring": "cstring",
}  # fmt: skip
_ARGUMENT_MODES = "ibv"


class Mentioned(msgspec.Struct, frozen=True):
    """What a rule or body mentions."""

    relations: dict[int, tuple[int, ...]]
    """Relations with the numbers of their columns; none where only the relation itself is mentioned."""
    functions: tuple[int, ...]
    types: tuple[int, ...]


def mentioned(rows: Sequence[PgDepend], *, leaving_out: int = 0) -> Mentioned:
    """What these dependencies say, without those on the relation that has the rule itself."""
    columns: dict[int, set[int]] = {}
    functions: set[int] = set()
    types: set[int] = set()
    for row in rows:
        match row.referenced_catalog:
            case "pg_class" if row.referenced != leaving_out:
                columns.setdefault(row.referenced, set()).update({row.referenced_column} - {0})
            case "pg_proc":
                functions.add(row.referenced)
            case "pg_type":
                types.add(row.referenced)
            case _:
                continue
    relations = {oid: tuple(sorted(numbers)) for oid, numbers in columns.items()}
    return Mentioned(relations, tuple(sorted(functions)), tuple(sorted(types)))


class Query:
    """A query over what is mentioned. Relations are called r1, r2 and so on."""

    def __init__(self, scribe: Scribe, found: Mentioned) -> None:
        self._scribe = scribe
        relations = [oid for oid in found.relations if _is_readable(scribe, oid)]
        self._aliases = {oid: f"r{number}" for number, oid in enumerate(relations, 1)}
        self._found = found
        self._columns = [
            (oid, column)
            for oid in relations
            for number in found.relations[oid]
            if (column := scribe.names.columns.get((oid, number))) is not None
        ]

    def select(self, outputs: Sequence[PgAttribute]) -> str:
        """`select ... from ... where ...` with columns of these types."""
        listed = ", ".join(f"{self._value(column)} as {quoted(column.name)}" for column in outputs)
        return f"select {listed}{self.source()}"

    def source(self, *beside: str) -> str:
        """` from ... where ...`, with these mentions beside its own."""
        tables = ", ".join(f"{self._scribe.relation(oid)} as {alias}" for oid, alias in self._aliases.items())
        conditions = " and ".join([*beside, *self.conditions()])
        return (f" from {tables}" if tables else "") + (f" where {conditions}" if conditions else "")

    def conditions(self) -> Iterator[str]:
        """Tests that mention the columns, functions and types."""
        if self._columns:
            yield f"row({', '.join(self._written(oid, column) for oid, column in self._columns)}) is null"
        for oid in self._found.functions:
            yield f"exists (select {self._call(oid)})"
        for oid in self._found.types:
            if (row := self._scribe.catalog.find(PgType, oid)) is not None and row.kind != "p":
                yield f"null::{self._scribe.type(oid)} is null"

    def _written(self, relation: int, column: PgAttribute) -> str:
        return f"{self._aliases[relation]}.{quoted(column.name)}"

    def _value(self, output: PgAttribute) -> str:
        """A mentioned column of that type, best of that name; else a null."""
        wanted = (output.type, output.typmod, output.collation)
        fitting = [
            (oid, column) for oid, column in self._columns if (column.type, column.typmod, column.collation) == wanted
        ]
        for oid, column in sorted(fitting, key=lambda pair: pair[1].name != output.name):
            return self._written(oid, column)
        own = self._scribe.catalog.find(PgType, output.type)
        collation = self._scribe.collation(output.collation, own.collation if own else 0)
        return f"null::{self._scribe.type(output.type, output.typmod)}{collation}"

    def _call(self, oid: int) -> str:
        row = self._scribe.function(oid)
        if row.kind == "p":
            raise UnwritableError("it mentions a procedure")
        over = " over ()" if row.kind == "w" else ""
        return f"{self._scribe.function_name(row)}({', '.join(self._arguments(row))}){over}"

    def _arguments(self, row: PgProc) -> Iterator[str]:
        modes = row.argument_modes or ("i",) * len(row.argument_types)
        for mode, oid in zip(modes, row.argument_types, strict=True):
            if mode in _ARGUMENT_MODES:
                yield f"{'variadic ' if mode == 'v' and not self._is_any(oid) else ''}{self._of_type(oid)}"

    def _of_type(self, oid: int) -> str:
        """A mentioned column or row of that type, which brings no mention of the type itself; else a null."""
        for relation, column in self._columns:
            if column.type == oid:
                return self._written(relation, column)
        for relation, alias in self._aliases.items():
            row = self._scribe.catalog.find(PgClass, relation)
            if row is not None and row.row_type == oid:
                return alias
        return f"null::{self._type(oid)}"

    def _is_any(self, oid: int) -> bool:
        known = self._scribe.catalog.find(PgType, oid)
        return known is not None and known.name == "any"

    def _type(self, oid: int) -> str:
        known = self._scribe.catalog.find(PgType, oid)
        if known is not None and known.kind == "p":
            if known.name not in _PSEUDO:
                raise UnwritableError(f"it mentions a function of {known.name}")
            return f"pg_catalog.{_PSEUDO[known.name]}"
        return self._scribe.type(oid)


def _is_readable(scribe: Scribe, oid: int) -> bool:
    """Whether it can stand in FROM: not an index, a sequence can."""
    row = scribe.catalog.find(PgClass, oid)
    return row is not None and row.kind != "c"
