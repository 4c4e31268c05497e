"""Columns that ALTER TABLE adds, and which part of their definition makes the table's rows be worked through."""

from __future__ import annotations

import enum
from collections.abc import Iterator

import msgspec

from migrations_safety.effects.columns import ColumnPlan, plan_column
from migrations_safety.effects.defaults import Volatile
from migrations_safety.effects.model import Effects
from migrations_safety.effects.run import Refused
from migrations_safety.rules._judging import blocked_by_work, commands
from migrations_safety.timeline import Step
from probes.sql.tree.enums import AlterTableType, ConstraintType
from probes.sql.tree.parts import ColumnDef
from probes.sql.tree.tables import AlterTable, AlterTableCommand


@enum.unique
class Cause(enum.Enum):
    """What makes the rows be written, read or indexed; a column has the first that applies."""

    IDENTITY = enum.auto()
    SERIAL = enum.auto()
    GENERATED = enum.auto()
    DEFAULT = enum.auto()
    DOMAIN = enum.auto()
    UNIQUE = enum.auto()
    FOREIGN_KEY = enum.auto()
    CHECK = enum.auto()
    VIRTUAL_NOT_NULL = enum.auto()


_BY_CONSTRAINT = (
    (ConstraintType.UNIQUE, Cause.UNIQUE),
    (ConstraintType.PRIMARY, Cause.UNIQUE),
    (ConstraintType.FOREIGN, Cause.FOREIGN_KEY),
    (ConstraintType.CHECK, Cause.CHECK),
)


class Added(msgspec.Struct, frozen=True, gc=False):
    """A column whose addition works through rows that others wait for."""

    column: ColumnDef
    command: AlterTableCommand
    effects: Effects
    """Of its subcommand alone."""


def added_because_of(step: Step, *causes: Cause) -> Iterator[Added]:
    """The columns whose addition works through blocked tables for one of these reasons before any other."""
    if not blocked_by_work(step):
        return
    wanted = {name for name, cause in step.once(_causes) if cause in causes}
    if not wanted:
        return
    for command, effects in commands(step, AlterTableType.ADD_COLUMN):
        definition = command.definition
        if isinstance(definition, ColumnDef) and definition.name in wanted and blocked_by_work(step, effects):
            yield Added(definition, command, effects)


def _causes(step: Step) -> list[tuple[str, Cause | None]]:
    return [(column.name, _cause_of(step, column)) for column in _columns(step)]


def _columns(step: Step) -> list[ColumnDef]:
    if not isinstance(step.tree, AlterTable):
        return []
    definitions = [one.definition for one in step.tree.commands if one.kind is AlterTableType.ADD_COLUMN]
    return [one for one in definitions if isinstance(one, ColumnDef)]


def _cause_of(step: Step, column: ColumnDef) -> Cause | None:
    try:
        return _cause(plan_column(step.look.run, None, column))
    except Refused:
        return None


def _cause(plan: ColumnPlan) -> Cause | None:
    has_default = plan.default is not None
    reasons = (
        (Cause.IDENTITY, bool(plan.identity)),
        (Cause.SERIAL, plan.sequence is not None),
        (Cause.GENERATED, plan.generated == "s"),
        (Cause.DEFAULT, has_default and plan.volatility is Volatile.YES),
        (Cause.DOMAIN, plan.has_constrained_domain),
    )
    certain = next((cause for cause, applies in reasons if applies), None)
    if certain is not None:
        return certain
    if plan.volatility is Volatile.UNKNOWN:
        return Cause.DEFAULT
    if not plan.type.oid:
        return Cause.DOMAIN  # nothing is known of the type
    kinds = {one.kind for one in plan.definition.constraints}
    is_virtual = plan.generated == "v" and plan.not_null
    last = Cause.VIRTUAL_NOT_NULL if is_virtual else None
    return next((cause for kind, cause in _BY_CONSTRAINT if kind in kinds), last)
