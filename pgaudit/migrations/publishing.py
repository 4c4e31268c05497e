"""Statements and their effects in the shape in which a gate's report publishes them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from migrations_safety.effects.model import Always, Effects, Lock, Work
from migrations_safety.timeline import Step
from pgaudit.migrations.as_written import AsWritten
from pgaudit.reports.gate_contract import SHOWN_SQL_BYTES, GateEffects, GateLock, GateStatement


class Publisher:
    """Gives statements their published shape; what many of them have in common it makes once."""

    def __init__(self, written: AsWritten) -> None:
        self._written = written
        self._locks: dict[Lock, GateLock] = {}
        self._before: tuple[Effects, GateEffects] = Effects(), GateEffects()
        """Those of the statement in front: half a million INSERTs have the same."""

    def published(self, step: Step) -> GateStatement:
        """A statement in its published shape."""
        statement = step.statement
        sql = statement.text[statement.start : min(statement.end, statement.start + SHOWN_SQL_BYTES)]
        return GateStatement(
            file=statement.file,
            line=statement.line,
            sql=sql.decode("utf-8", "replace"),
            transaction=statement.transaction.id if statement.transaction.is_block else None,
            effects=self._effects(step),
            column=statement.column,
        )

    def _effects(self, step: Step) -> GateEffects:
        effects, shown = step.effects, self._written.of(step)
        if shown is not None:
            return _as_written(self._published(effects), shown)
        if effects != self._before[0]:
            self._before = effects, self._published(effects)
        return self._before[1]

    def _published(self, effects: Effects) -> GateEffects:
        return GateEffects(
            locks=tuple([self._lock(lock) for lock in effects.locks]),
            rewrites=_names(effects.rewrites),
            scans=_names(effects.scans),
            index_builds=_names(effects.index_builds),
            requires_no_transaction=effects.requires_no_transaction,
            error=effects.refusal.message if effects.refusal and effects.is_refused else None,
        )

    def _lock(self, lock: Lock) -> GateLock:
        found = self._locks.get(lock)
        if found is None:
            found = self._locks[lock] = GateLock(
                relation=lock.relation.qualified_name,
                mode=lock.mode.value,
                role=lock.role.value,
                when="always" if isinstance(lock.when, Always) else lock.when.reason.value,
            )
        return found


def _as_written(effects: GateEffects, shown: Callable[[str], str]) -> GateEffects:
    """The effects with names as the statement writes them."""
    return msgspec.structs.replace(
        effects,
        locks=tuple([msgspec.structs.replace(lock, relation=shown(lock.relation)) for lock in effects.locks]),
        rewrites=tuple(map(shown, effects.rewrites)),
        scans=tuple(map(shown, effects.scans)),
        index_builds=tuple(map(shown, effects.index_builds)),
        error=None if effects.error is None else shown(effects.error),
    )


def _names(works: tuple[Work, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys([work.relation.qualified_name for work in works])) if works else ()
