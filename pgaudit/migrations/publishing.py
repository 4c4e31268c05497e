"""Statements and their effects in the shape in which a gate's report publishes them."""

from __future__ import annotations

from collections.abc import Iterable

from migrations_safety.effects.model import Always, Effects
from migrations_safety.timeline import Step
from pgaudit.reports.gate_contract import SHOWN_SQL_BYTES, GateEffects, GateLock, GateStatement


def published(step: Step, before: GateStatement | None = None) -> GateStatement:
    """A statement in its published shape.

    Args:
        step: The statement.
        before: The one in front of it: half a million INSERTs share what they have in common.
    """
    statement, effects = step.statement, _published_effects(step.effects)
    sql = statement.text[statement.start : min(statement.end, statement.start + SHOWN_SQL_BYTES)]
    return GateStatement(
        file=statement.file,
        line=statement.line,
        sql=sql.decode("utf-8", "replace"),
        transaction=statement.transaction.id if statement.transaction.is_block else None,
        effects=before.effects if before is not None and before.effects == effects else effects,
        column=statement.column,
    )


def _published_effects(effects: Effects) -> GateEffects:
    return GateEffects(
        locks=tuple(
            GateLock(
                relation=lock.relation.qualified_name,
                mode=lock.mode.value,
                role=lock.role.value,
                when="always" if isinstance(lock.when, Always) else lock.when.reason.value,
            )
            for lock in effects.locks
        ),
        rewrites=_names(work.relation.qualified_name for work in effects.rewrites),
        scans=_names(work.relation.qualified_name for work in effects.scans),
        index_builds=_names(work.relation.qualified_name for work in effects.index_builds),
        requires_no_transaction=effects.requires_no_transaction,
        error=effects.refusal.message if effects.refusal and effects.is_refused else None,
    )


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
