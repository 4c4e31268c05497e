"""Whether a statement can be run again after it has run."""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rules._subjects import last_name
from probes.sql.tree.atoms import StatementNode
from probes.sql.tree.enums import AlterTableType, ObjectType
from probes.sql.tree.objects import AlterEnum, CreateExtension, CreateSchema
from probes.sql.tree.parts import ColumnDef, Constraint
from probes.sql.tree.routines import CreateView
from probes.sql.tree.tables import AlterTable, AlterTableCommand, CreateIndex, CreateSequence, CreateTable, Drop

_DROPS = frozenset({AlterTableType.DROP_COLUMN, AlterTableType.DROP_CONSTRAINT})
_WORDS = {
    AlterTableType.ADD_COLUMN: "ADD COLUMN",
    AlterTableType.DROP_COLUMN: "DROP COLUMN",
    AlterTableType.DROP_CONSTRAINT: "DROP CONSTRAINT",
    AlterTableType.ADD_CONSTRAINT: "ADD CONSTRAINT",
}


class Repeating:
    """Follows one file, and knows what it has dropped IF EXISTS so far."""

    def __init__(self) -> None:
        self._indexes: set[str] = set()
        self._parts: set[tuple[str, str]] = set()

    def follow(self, tree: StatementNode | None) -> None:
        """Remember what a statement has cleared away."""
        match tree:
            case Drop(object_type=ObjectType.INDEX, missing_ok=True):
                self._indexes.update(last_name(one) for one in tree.objects)
            case AlterTable():
                self._parts.update(_dropped(tree))
            case _:
                pass

    def is_cleared(self, index: CreateIndex) -> bool:
        """Whether the remains of an earlier try at this index were dropped before it."""
        return index.name in self._indexes

    def failing(self, tree: StatementNode | None, sql: str) -> tuple[str, AlterTableCommand | None] | None:
        """What fails when the statement is run a second time, and which subcommand; None where nothing does."""
        match tree:
            case CreateIndex():
                fails = not tree.if_not_exists and tree.name is not None and not self.is_cleared(tree)
            case CreateTable() | CreateSequence() | CreateSchema() | CreateExtension():
                fails = not tree.if_not_exists
            case CreateView():
                fails = not tree.replace
            case Drop():
                fails = not tree.missing_ok
            case AlterEnum():
                fails = tree.old_value is None and not tree.if_not_exists
            case AlterTable():
                return next(self._failing_parts(tree), None)
            case _:
                return None
        return (" ".join(sql.split()[:2]).upper(), None) if fails else None

    def _failing_parts(self, tree: AlterTable) -> Iterator[tuple[str, AlterTableCommand]]:
        cleared = self._parts | _dropped(tree)
        for command in tree.commands:
            name = _name(command)
            is_cleared = (tree.relation.name, name) in cleared
            if name and command.kind in _WORDS and not command.missing_ok and not is_cleared:
                yield f"{_WORDS[command.kind]} {name}", command


def _dropped(tree: AlterTable) -> set[tuple[str, str]]:
    table = tree.relation.name
    return {(table, one.name) for one in tree.commands if one.kind in _DROPS and one.missing_ok and one.name}


def _name(command: AlterTableCommand) -> str:
    definition = command.definition
    if isinstance(definition, ColumnDef | Constraint):
        return definition.name or ""
    return command.name or ""
