"""Unique keys that the files of a script make, by the names they get, and whether their columns stay unique."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from migrations_safety.effects.naming import columns_addition, make_object_name
from migrations_safety.rules._gone import target
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.sql.tree.enums import AlterTableType, ConstraintType, ObjectType
from probes.sql.tree.parts import ColumnDef, Constraint, name_parts, schema_and_name
from probes.sql.tree.tables import AlterTable, AlterTableCommand, CreateIndex, CreateTable, Drop

_KEYS = {ConstraintType.UNIQUE: "key", ConstraintType.PRIMARY: "pkey"}
_ADDING = frozenset({AlterTableType.ADD_COLUMN, AlterTableType.ADD_CONSTRAINT})


class MadeKey(msgspec.Struct, frozen=True, gc=False):
    """A primary key, unique constraint or unique index over whole rows, as a statement makes it."""

    name: str
    table: str
    columns: tuple[str, ...]
    file: str
    index: int
    """Of the statement in the script."""


class DroppedKey(msgspec.Struct, frozen=True, gc=False):
    """A key of an earlier file that a later one drops."""

    key: MadeKey
    command: AlterTableCommand | None


def dropped_keys(script: Script, step: Step) -> Iterator[DroppedKey]:
    """The keys of earlier files that a statement drops by name, after which nothing keeps their columns unique."""
    relation = target(step)
    if relation is None:
        return
    for name, command in _dropped_names(step):
        for key in script.once(_made).get(name, ()):
            is_earlier = key.index < step.index and key.file != step.statement.file
            if is_earlier and key.table == relation.name and not _stays(script, relation.schema, key):
                yield DroppedKey(key, command)


def _dropped_names(step: Step) -> Iterator[tuple[str, AlterTableCommand | None]]:
    match step.tree:
        case Drop(object_type=ObjectType.INDEX) as tree:
            for one in tree.objects:
                yield schema_and_name(name_parts(one))[1], None
        case AlterTable() as tree:
            for command in tree.commands:
                if command.kind is AlterTableType.DROP_CONSTRAINT and command.name:
                    yield command.name, command
        case _:
            return


def _stays(script: Script, schema: str | None, key: MadeKey) -> bool:
    """Whether in the end the table or one of the columns is gone, or another key over the same columns is there."""
    run = script.look.run
    row = run.find(schema, key.table)
    if row is None or any(run.column(row.oid, name) is None for name in key.columns):
        return True
    return any(
        index.unique
        and index.predicate is None
        and set(run.column_names(row.oid, index.columns[: index.key_count])) == set(key.columns)
        for index in run.indexes(row.oid)
    )


# ---- what is made


def _made(script: Script) -> dict[str, list[MadeKey]]:
    found: dict[str, list[MadeKey]] = {}
    for step in script.steps_of("CreateTable", "AlterTable", "CreateIndex"):
        for name, table, columns in _keys_of(step):
            key = MadeKey(name, table, columns, step.statement.file, step.index)
            found.setdefault(name, []).append(key)
    return found


def _keys_of(step: Step) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    match step.tree:
        case CreateIndex(unique=True, name=str(name)) as tree if not tree.predicate:
            columns = tuple(one.name or "" for one in tree.elements)
            if all(columns):
                yield name, tree.relation.name, columns
        case CreateTable() as tree:
            for one in tree.elements:
                yield from _declared(tree.relation.name, one)
        case AlterTable() as tree:
            for command in tree.commands:
                if command.kind in _ADDING:
                    yield from _declared(tree.relation.name, command.definition)
        case _:
            return


def _declared(table: str, element: object) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    own = element.constraints if isinstance(element, ColumnDef) else ()
    column = (element.name,) if isinstance(element, ColumnDef) else ()
    for one in (element, *own):
        if isinstance(one, Constraint) and (label := _KEYS.get(one.kind)) and not one.index_name:
            columns = one.keys or column
            addition = columns_addition(columns) if label == "key" else ""
            yield one.name or make_object_name(table, addition, label), table, columns
