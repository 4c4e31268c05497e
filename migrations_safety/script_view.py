"""The whole script as rules that need all of it see it: every statement that matters, data statements once a kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from migrations_safety.look import Look
from migrations_safety.timeline import Step

_DATA = frozenset({"Select", "Insert", "Update", "Delete", "Merge", "Copy"})


class Script(msgspec.Struct, frozen=True):
    """What was seen, in order, and the database afterwards."""

    steps: Sequence[Step]
    """Of data statements on the same relations in the same transaction only the first."""
    look: Look
    """The world after the last statement."""

    def all_steps(self) -> Iterator[Step]:
        """Every step, those in DO blocks behind their block."""
        for step in self.steps:
            yield step
            yield from step.embedded

    def later_in_file(self, step: Step) -> Iterator[Step]:
        """The steps after this one in its file, those in DO blocks included."""
        for other in self.all_steps():
            if other.index > step.index and other.statement.file == step.statement.file:
                yield other


class ScriptKeeper:
    """Keeps what a Script holds; its memory does not grow with repeated data statements."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._seen: set[tuple[object, ...]] = set()

    def keep(self, step: Step) -> None:
        """Remember the step, unless it repeats one."""
        kind = type(step.tree).__name__
        if kind in _DATA or step.tree is None:
            transaction = step.statement.transaction
            relations = tuple(sorted({lock.relation.qualified_name for lock in step.effects.locks}))
            key = (kind, step.statement.file, transaction.id if transaction.is_block else None, relations)
            if key in self._seen:
                return
            self._seen.add(key)
        self.steps.append(step)
