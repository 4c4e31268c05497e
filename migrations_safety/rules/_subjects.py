"""What a statement is about, by its bare name, and the columns that it declares."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from migrations_safety.timeline import Step
from probes.sql.tree.atoms import RangeVar, StatementNode
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.parts import ColumnDef, Constraint, name_parts
from probes.sql.tree.routines import AlterFunction, AlterPolicy, CreateFunction, CreatePolicy
from probes.sql.tree.tables import AlterTable, CreateIndex, CreateTable, CreateTableAs, Rename

_DECLARE = frozenset({AlterTableType.ADD_COLUMN, AlterTableType.ALTER_COLUMN_TYPE})
_CONSTRAIN = frozenset({AlterTableType.ADD_COLUMN, AlterTableType.ADD_CONSTRAINT})
COLUMN_TRIGGERS = ("CreateTable", "AlterTable:ADD_COLUMN", "AlterTable:ALTER_COLUMN_TYPE")
"""The statements that `declared` looks into."""


class Declared(msgspec.Struct, frozen=True, gc=False):
    """A column as a statement declares it."""

    table: RangeVar
    column: ColumnDef
    is_retyped: bool
    """It was there before, with another type."""
    constraints: tuple[Constraint, ...] = ()
    """Constraints on the column, and those of the whole table in CREATE TABLE."""


def subject(tree: StatementNode | None) -> str | None:
    """The bare name of the table or routine that a statement is about; None for other kinds."""
    found: RangeVar | tuple[str, ...] | None = None
    match tree:
        case CreateTable() | AlterTable() | CreateIndex() | Rename():
            found = tree.relation
        case CreatePolicy() | AlterPolicy():
            found = tree.table
        case CreateFunction():
            found = tree.name
        case AlterFunction():
            found = tree.function.name if tree.function else None
        case CreateTableAs():
            found = tree.into.relation if tree.into else None
        case _:
            pass
    return last_name(found) or None


def declared(step: Step) -> tuple[Declared, ...]:
    """The columns that CREATE TABLE, ADD COLUMN and ALTER COLUMN TYPE declare."""
    return step.once(_declared)


def _declared(step: Step) -> tuple[Declared, ...]:
    return tuple(_declare(step))


def _declare(step: Step) -> Iterator[Declared]:
    match step.tree:
        case CreateTable() as tree:
            elements = tree.elements
            table_wide = tuple(one for one in elements if isinstance(one, Constraint))
            for one in elements:
                if isinstance(one, ColumnDef):
                    yield Declared(tree.relation, one, is_retyped=False, constraints=(*one.constraints, *table_wide))
        case AlterTable() as tree:
            for command in tree.commands:
                definition = command.definition if command.kind in _DECLARE else None
                if isinstance(definition, ColumnDef):
                    is_retyped = command.kind is AlterTableType.ALTER_COLUMN_TYPE
                    column = msgspec.structs.replace(definition, name=definition.name or command.name or "")
                    yield Declared(tree.relation, column, is_retyped, column.constraints)
        case _:
            return


def type_name(column: ColumnDef) -> str | None:
    """The bare name of a built-in or unqualified type (`int4`, `serial`, `timestamptz`); None for arrays and others."""
    written = column.type
    if written is None or written.array_dimensions:
        return None
    schema, name = written.names[:-1], last_name(written)
    return name if name and schema in {(), ("pg_catalog",)} else None


def last_name(value: object) -> str:
    """The last part of an object's name; empty for what is no name."""
    parts = name_parts(value)
    return parts[-1] if parts else ""


def table_constraints(step: Step) -> tuple[Constraint, ...]:
    """The constraints that CREATE TABLE and ALTER TABLE write, those of columns behind each other as written."""
    return step.once(_table_constraints)


def _table_constraints(step: Step) -> tuple[Constraint, ...]:
    return tuple(_constraints_of(step))


def _constraints_of(step: Step) -> Iterator[Constraint]:
    match step.tree:
        case CreateTable() as tree:
            for one in tree.elements:
                yield from _constraints_in(one)
        case AlterTable() as tree:
            for command in tree.commands:
                if command.kind in _CONSTRAIN:
                    yield from _constraints_in(command.definition)
        case _:
            return


def _constraints_in(element: object) -> Iterator[Constraint]:
    if isinstance(element, Constraint):
        yield element
    elif isinstance(element, ColumnDef):
        yield from element.constraints


def is_used_table(step: Step) -> bool:
    """Whether the table of an ALTER TABLE existed before this deploy."""
    if not isinstance(step.tree, AlterTable):
        return False
    name = step.tree.relation.name
    return any(lock.relation.name == name and step.is_used_by_others(lock.relation) for lock in step.effects.locks)
