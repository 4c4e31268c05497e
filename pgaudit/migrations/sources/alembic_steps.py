"""The steps of an Alembic revision with their SQL, rendered without running the project."""

from __future__ import annotations

from pgaudit.migrations.sources.alembic_graph import RevisionFile
from pgaudit.migrations.sources.alembic_ops import LiteralSql, OpCall, Step, Unread, scope_of, upgrade_steps
from pgaudit.migrations.sources.interface import (
    OpaqueReason,
    OpaqueStep,
    SqlPart,
)


def rendered_steps(revision: RevisionFile) -> list[tuple[Step, SqlPart | OpaqueStep]]:
    """Each step of `upgrade()` with its SQL, or with why it has none, without running the project."""
    return [(step, _step_result(step, revision)) for step in upgrade_steps(revision)]


def _step_result(step: Step, revision: RevisionFile) -> SqlPart | OpaqueStep:
    match step:
        case LiteralSql():
            return SqlPart(step.text, revision.path, step.line, step.tx_mode)
        case Unread():
            return OpaqueStep(step.reason, step.detail, revision.path, step.line)
        case OpCall():
            return _rendered_call(step, revision)


def _rendered_call(step: OpCall, revision: RevisionFile) -> SqlPart | OpaqueStep:
    from pgaudit.migrations.sources.alembic_render import render  # noqa: PLC0415 -- imports SQLAlchemy

    sql = render(step, scope_of(revision))
    line = step.call.lineno
    if sql is None:
        detail = f"{step.name}() takes what only the project knows"
        return OpaqueStep(OpaqueReason.NEEDS_EXEC, detail, revision.path, line)
    return SqlPart(sql, revision.path, line, step.tx_mode, generated=True)
