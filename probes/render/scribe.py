"""Writing one piece: every name that is written is noted as a need, everything guessed as a lack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from probes.catalog.expression import Expression, Unread, text_of
from probes.catalog.names import qualified, quoted
from probes.catalog.rows import PgClass, PgCollation, PgIndex, PgProc, PgRole, PgType
from probes.finding import ObjectRef
from probes.render.model import Key, Phase, Piece, UnwritableError
from probes.render.names import FIRST_USER_OID, Names

_PROCEDURE_MODES = {"i": "in", "o": "out", "b": "inout", "v": "variadic"}


class Scribe:
    """Writes the names of other objects into the statements of one piece, and remembers which."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.catalog = names.catalog
        self.needs: set[Key] = set()
        self.lacks: list[str] = []

    def piece(
        self,
        key: Key,
        phase: Phase,
        about: ObjectRef,
        sql: Iterable[str],
        *,
        provides: Iterable[Key] = (),
        rank: int = 0,
    ) -> Piece:
        """The piece of these statements, with what was noted while they were written."""
        given = frozenset({key, *provides})
        needs = frozenset(need for need in self.needs if need[1] >= FIRST_USER_OID) - given
        return Piece(key, phase, about, tuple(sql), needs, given, rank, tuple(self.lacks))

    def need(self, catalog: str, oid: int) -> None:
        """Note that an object must be there."""
        self.needs.add((catalog, oid))

    def need_mentioned(self, catalog: str, oid: int) -> None:
        """Note all that the stored expressions of an object mention."""
        for row in self.names.depends.get((catalog, oid), ()):
            self.need(row.referenced_catalog, row.referenced)

    def lack(self, reason: str) -> None:
        """Note what the catalog does not hold."""
        if reason not in self.lacks:
            self.lacks.append(reason)

    def schema(self, oid: int) -> str:
        """A schema."""
        self.need("pg_namespace", oid)
        return quoted(self.catalog.schema_name(oid))

    def in_schema(self, namespace: int, name: str) -> str:
        """`schema.name`."""
        return f"{self.schema(namespace)}.{quoted(name)}"

    def relation(self, oid: int) -> str:
        """A relation or index."""
        row = self.catalog.find(PgClass, oid) or self.catalog.find(PgIndex, oid)
        if row is None:
            raise UnwritableError("it names a relation of the system or of another session")
        self.need("pg_class", oid)
        return self.in_schema(row.namespace, row.name)

    def column(self, relation: int, number: int) -> str:
        """The bare name of a column."""
        row = self.names.columns.get((relation, number))
        if row is None:
            raise UnwritableError(f"column {number} of its relation is not in the catalog")
        return quoted(row.name)

    def columns(self, relation: int, numbers: Sequence[int]) -> str:
        """Names of columns with commas."""
        return ", ".join(self.column(relation, number) for number in numbers)

    def type(self, oid: int, typmod: int = -1, dimensions: int = 0) -> str:
        """A type with its modifier."""
        row = self.catalog.find(PgType, oid)
        if row is None:
            return self._row_type(oid)
        if row.element and row.storage != "p":
            element = self.type(row.element, typmod)
            return element + "[]" * max(1, dimensions)
        if row.kind == "c":
            self.need("pg_class", row.relation)
        self.need("pg_type", oid)
        return self.catalog.type_name(oid, typmod).sql

    def _row_type(self, oid: int) -> str:
        table = self.names.row_types.get(oid)
        if table is None:
            raise UnwritableError("it uses a type that the catalog does not list")
        return self.relation(table.oid)

    def collation(self, oid: int, default: int) -> str:
        """` collate x`, or nothing where the type's own applies."""
        if oid in {0, default}:
            return ""
        row = self.catalog.find(PgCollation, oid)
        if row is not None and oid >= FIRST_USER_OID:
            self.need("3456", oid)
            return f" collate {self.in_schema(row.namespace, row.name)}"
        known = qualified("pg_catalog", row.name) if row is not None else self.names.collation(oid)
        if known is None:
            self.lack("a collation of the operating system has no name in the catalog")
            return ""
        return f" collate {known}"

    def operator_class(self, oid: int) -> str:
        """` schema.class`, or nothing where classes were not collected."""
        known = self.names.operator_classes
        row = known.get(oid) if known else None
        if row is None:
            if oid >= FIRST_USER_OID:
                self.lack("its operator class was not collected")
            return ""
        self.need("2616", oid)
        schema = self.schema(row.namespace) if row.namespace >= FIRST_USER_OID else self._schema_of_class(row.namespace)
        return f" {schema}.{quoted(row.name)}"

    def _schema_of_class(self, namespace: int) -> str:
        return quoted(self.catalog.schema_name(namespace))

    def role(self, oid: int) -> str:
        """A role, or PUBLIC."""
        if oid == 0:
            return "public"
        row = self.catalog.find(PgRole, oid)
        if row is None:
            raise UnwritableError("it names a role that is gone")
        return quoted(row.name)

    def function(self, oid: int) -> PgProc:
        """A function of a user, which is then needed."""
        row = self.catalog.find(PgProc, oid)
        if row is None:
            raise UnwritableError("it calls a function of the system that has no name in the catalog")
        self.need("pg_proc", oid)
        return row

    def function_name(self, row: PgProc) -> str:
        """`schema.name` of a function."""
        return self.in_schema(row.namespace, row.name)

    def signature(self, row: PgProc) -> str:
        """`schema.name(types)`, as ALTER, GRANT and COMMENT take it."""
        return f"{self.function_name(row)}({self.argument_types(row)})"

    def argument_types(self, row: PgProc) -> str:
        """The types that tell a function from others of its name; of a procedure with their modes."""
        modes = row.argument_modes or ("i",) * len(row.argument_types)
        pairs = zip(modes, row.argument_types, strict=True)
        if row.kind == "p":
            return ", ".join(f"{_PROCEDURE_MODES[mode]} {self.type(oid)}" for mode, oid in pairs)
        return ", ".join(self.type(oid) for mode, oid in pairs if mode in "ibv")

    def text(self, expression: Expression | None) -> str:
        """The text of a stored expression. Raises UnwritableError where it was not read."""
        found = text_of(expression)
        if found is None:
            reason = expression.reason if isinstance(expression, Unread) else "there is none"
            raise UnwritableError(f"the text of its expression was not read: {reason}")
        return found


def options(pairs: Sequence[str], prefix: str = "") -> str:
    """`(name='value', ...)` of reloptions-like texts."""
    return ", ".join(_option(pair, prefix) for pair in pairs)


def _option(pair: str, prefix: str) -> str:
    name, _, value = pair.partition("=")
    return f"{prefix}{quoted(name)}={string(value)}"


def string(text: str) -> str:
    """A string literal, for sessions in which standard_conforming_strings is on."""
    return "'" + text.replace("'", "''") + "'"
