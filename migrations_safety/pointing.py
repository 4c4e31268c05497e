"""Where in its file a finding points: at a part of the statement's tree, at a subcommand, or at the first word."""

from __future__ import annotations

from migrations_safety.rule import Flag, Rule
from migrations_safety.script.model import Statement
from migrations_safety.triggers import COMMANDS, command_triggers
from probes.sql.tree.tables import AlterTable, AlterTableCommand


def place_of(rule: Rule, flag: Flag, statement: Statement) -> tuple[int, int]:
    """Line and column, from 1, columns in characters."""
    tree = statement.tree
    if flag.location is not None:
        return statement.position(flag.location)
    if isinstance(tree, AlterTable) and not statement.is_abridged:
        index = _command(rule, flag, tree.commands)
        if index is not None:
            return _place_of_command(statement, index, len(tree.commands))
    return statement.line, statement.column


def _command(rule: Rule, flag: Flag, commands: tuple[AlterTableCommand, ...]) -> int | None:
    """Which subcommand: the one that the flag names, or the first that triggers the rule."""
    if flag.command is not None:
        return next((index for index, one in enumerate(commands) if one is flag.command), None)
    words = {word for word in rule.triggers if word.startswith(COMMANDS)}
    if not words:
        return None
    return next((index for index, one in enumerate(commands) if not words.isdisjoint(command_triggers(one))), None)


def _place_of_command(statement: Statement, index: int, count: int) -> tuple[int, int]:
    from probes.sql.subcommands import subcommand_offsets  # noqa: PLC0415 - only findings need it

    offsets = subcommand_offsets(statement.text, statement.start, statement.end)
    if len(offsets) != count:
        return statement.line, statement.column
    return statement.position_of(offsets[index])
