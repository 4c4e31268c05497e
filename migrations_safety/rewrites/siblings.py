"""The other subcommands of an ALTER TABLE that is rewritten: one statement where they are harmless, else safe too."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.model import Effects
from migrations_safety.effects.predict import apply
from migrations_safety.rewrites.clauses import made_constraints
from migrations_safety.rewrites.model import Rewrite, RewriteStep
from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.sql.parse import Parsed, parse_statement
from probes.sql.tree.enums import AlterTableType, ConstraintType
from probes.sql.tree.tables import AlterTable

_ADDS = AlterTableType.ADD_COLUMN


def safe_siblings(step: Step, head: str, texts: tuple[str, ...]) -> Rewrite | None:
    """A sequence for subcommands that stay, to run before the rewritten one; None where there is no safe order.

    Args:
        step: The whole statement.
        head: `alter table name`.
        texts: The subcommands as written.
    """
    if not texts:
        return Rewrite(())
    sql = f"{head} {', '.join(texts)}"
    alone = alone_in(step, sql)
    if alone.tree is None or alone.effects.is_refused:  # it needs the subcommand that would come behind it
        return None
    if not _is_blocking(alone):
        return Rewrite((RewriteStep(sql),), rollback=_undo(alone, head))
    return _rewritten(alone)


def _undo(step: Step, head: str) -> tuple[str, ...]:
    """What takes back the columns and constraints that a statement adds; other subcommands stay."""
    if not isinstance(step.tree, AlterTable):
        return ()
    columns = [getattr(one.definition, "name", "") for one in step.tree.commands if one.kind is _ADDS]
    made = [f"{head} drop constraint if exists {quoted(row.name)}" for row in made_constraints(step)]
    return (*made, *(f"{head} drop column if exists {quoted(name)}" for name in columns))


def alone_in(step: Step, sql: str) -> Step:
    """The step as if this were its statement."""
    outcome = parse_statement(sql)
    effects, tree = Effects(), None
    if isinstance(outcome, Parsed):
        tree = outcome.tree
        world = step.look.run.world
        mark = world.mark()
        effects = apply(world, outcome)
        world.undo(mark)
    text = sql.encode()
    statement = msgspec.structs.replace(step.statement, text=text, start=0, end=len(text), outcome=outcome)
    return msgspec.structs.replace(step, statement=statement, tree=tree, effects=effects)


def _is_blocking(step: Step) -> bool:
    from migrations_safety.rules._judging import blocked_by_work  # noqa: PLC0415 - rules import rewrites

    return bool(blocked_by_work(step))


def _rewritten(step: Step) -> Rewrite | None:
    """The rewrite of the first subcommand that blocks during work, with safe siblings of its own."""
    from migrations_safety.rules._judging import blocked_by_work, commands  # noqa: PLC0415 - rules import rewrites

    tree = step.tree
    if not isinstance(tree, AlterTable):
        return None
    for command, effects in commands(step, *AlterTableType):
        if blocked_by_work(step, effects):
            return _of_kind(step, command.kind, command.name, getattr(command.definition, "kind", None))
    return None


def _of_kind(step: Step, kind: AlterTableType, name: str | None, constraint: object) -> Rewrite | None:
    from migrations_safety.rewrites import (  # noqa: PLC0415 - they ask us
        columns,
        constraints,
        inline_unique,
        near,
        not_null,
    )

    match kind, constraint:
        case AlterTableType.ADD_COLUMN, _:
            added = (
                columns.default_in_batches,
                columns.serial_in_batches,
                columns.identity_in_batches,
                columns.constraint_after_column,
                inline_unique.unique_after_column,
                near.generated_by_trigger,
                near.domain_as_check,
            )
            return next((found for form in added if (found := form(step))), None)
        case AlterTableType.SET_NOT_NULL, _:
            return not_null.set_not_null_online(step, name or "")
        case AlterTableType.ADD_CONSTRAINT, ConstraintType.CHECK | ConstraintType.FOREIGN as found:
            return constraints.not_valid_then_validate(step, found)
        case AlterTableType.ADD_CONSTRAINT, ConstraintType.UNIQUE | ConstraintType.PRIMARY as found:
            return constraints.unique_by_index(step, found)
        case _:
            return None
