"""The whole script as rules that need all of it see it: every statement that matters, data statements once a kind."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar, cast

import msgspec

from migrations_safety.look import Look
from migrations_safety.timeline import Step
from probes.sql.parse import Parsed, parse_statement
from probes.sql.tree.tables import CreateTable

T = TypeVar("T")

_LOOKED_AT_BYTES = 512
_DATA = frozenset({"Select", "Insert", "Update", "Delete", "Merge", "Copy"})


class Script(msgspec.Struct, frozen=True):
    """What was seen, in order, and the database afterwards."""

    steps: Sequence[Step]
    """Of data statements on the same relations in the same transaction only the first."""
    look: Look
    """The world after the last statement."""
    memo: dict[str, object] = msgspec.field(default_factory=dict[str, object])
    """What one rule has worked out about the whole script and another may want."""

    def once(self, make: Callable[[Script], T]) -> T:
        """What a function makes of the script, worked out once for all rules that ask."""
        key = f"{make.__module__}.{make.__qualname__}"
        if key not in self.memo:
            self.memo[key] = make(self)
        return cast("T", self.memo[key])

    def all_steps(self) -> Sequence[Step]:
        """Every step, those in DO blocks behind their block."""
        return self.once(_every)

    def steps_of(self, *kinds: str) -> Sequence[Step]:
        """The steps whose trees are of classes of these names in order, those in DO blocks included."""
        if len(kinds) == 1:
            return self.once(_by_kind).get(kinds[0], ())
        return [step for step in self.all_steps() if type(step.tree).__name__ in kinds]

    def later_in_file(self, step: Step) -> Iterator[Step]:
        """The steps after this one in its file, those in DO blocks included."""
        for position in range(bisect_right(self.steps, step.index, key=_index), len(self.steps)):
            other = self.steps[position]
            if other.statement.file != step.statement.file:
                return
            yield other
            yield from other.embedded


def _every(script: Script) -> Sequence[Step]:
    if not any(step.embedded for step in script.steps):
        return script.steps
    return [one for step in script.steps for one in (step, *step.embedded)]


def _by_kind(script: Script) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for step in script.all_steps():
        found.setdefault(type(step.tree).__name__, []).append(step)
    return found


class ScriptKeeper:
    """Keeps what a Script holds; its memory does not grow with repeated data statements."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._seen: set[tuple[object, ...]] = set()

    def keep(self, step: Step) -> None:
        """Remember the step, unless it repeats one."""
        kind = type(step.tree).__name__
        if (kind in _DATA or step.tree is None) and not _sets_sequence(step):
            transaction = step.statement.transaction
            relations = tuple(sorted({lock.relation.qualified_name for lock in step.effects.locks}))
            key = (kind, step.statement.file, transaction.id if transaction.is_block else None, relations)
            if key in self._seen:
                return
            self._seen.add(key)
        self.steps.append(_lighter(step))


def _lighter(step: Step) -> Step:
    """The step without what can be had again from its text: whole scripts are kept."""
    statement = step.statement
    outcome = statement.outcome
    if not isinstance(outcome, Parsed) or statement.is_templated or statement.is_abridged:
        return step
    tree = outcome.tree.packed() if isinstance(outcome.tree, CreateTable) else outcome.tree
    light = msgspec.structs.replace(statement, outcome=Parsed(tree, outcome.origin, outcome.kind))
    return msgspec.structs.replace(step, statement=light, tree=tree)


def parsed_whole(step: Step) -> Parsed | None:
    """The statement of a step with the parser's JSON, which scripts do not keep; None where it does not parse."""
    outcome = step.statement.outcome
    if not isinstance(outcome, Parsed) or outcome.source:
        return outcome if isinstance(outcome, Parsed) else None
    again = parse_statement(step.statement.sql)
    return again if isinstance(again, Parsed) else None


def _index(step: Step) -> int:
    return step.index


def _sets_sequence(step: Step) -> bool:
    """Whether it calls setval: no two such calls are alike, and rules look for each."""
    statement = step.statement
    return b"setval" in statement.text[statement.start : min(statement.end, statement.start + _LOOKED_AT_BYTES)]
