"""The work queue of ALTER TABLE: its subcommands by pass, and what each table is left to have done in the end."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from migrations_safety.effects.run import Rel, Run
from probes.catalog.locks import LockMode
from probes.catalog.rows import PgClass


class Pass(enum.IntEnum):
    """The order in which the server executes subcommands, whatever order they are written in."""

    DROP = 0
    ALTER_TYPE = 1
    ADD_COLUMN = 2
    SET_EXPRESSION = 3
    COLUMN_ATTRIBUTES = 5
    ADD_CONSTRAINT = 6
    ADD_INDEX = 7
    ADD_OTHER_CONSTRAINT = 8
    MISCELLANEOUS = 9


_PASSES = tuple(Pass)
Step: TypeAlias = Callable[[], None]


@dataclass(slots=True)
class Tab:
    """What is to be done to the rows of one table when the catalogs are done."""

    oid: int
    rewrite: str = ""
    """Why the table is written anew; empty where it is not."""
    verify: str = ""
    """Why the table is read; empty where it is not."""
    has_new_values: bool = False
    retyped: dict[int, bool] = field(default_factory=dict[int, bool])
    """Columns with a new type, and whether their operator classes or collations may change."""
    rebuilt_indexes: set[int] = field(default_factory=set[int])
    other_operators: set[int] = field(default_factory=set[int])
    """Indexes whose operator classes are no longer those they were."""
    new_persistence: str = ""


@dataclass(slots=True)
class ForeignKeyCheck:
    """A foreign key to be validated when the catalogs are done."""

    constraint: int


@dataclass(slots=True)
class Alteration:
    """One ALTER TABLE in the works."""

    run: Run
    target: int
    mode: LockMode
    recurse: bool
    tabs: dict[int, Tab] = field(default_factory=dict[int, Tab])
    steps: dict[Pass, list[Step]] = field(default_factory=dict[Pass, list[Step]])
    checks: list[ForeignKeyCheck] = field(default_factory=list[ForeignKeyCheck])

    def tab(self, relation: Rel) -> Tab:
        """The table's place in the queue."""
        found = self.tabs.get(relation.oid)
        if found is None:
            found = self.tabs[relation.oid] = Tab(relation.oid)
        return found

    def at(self, when: Pass, step: Step) -> None:
        """Queue a step."""
        self.steps.setdefault(when, []).append(step)

    def execute(self, cleanup: Step) -> None:
        """Run the passes; steps may queue more steps for later passes."""
        for when in _PASSES:
            for step in self.steps.get(when, ()):  # it may grow meanwhile
                step()
            if when in (Pass.ALTER_TYPE, Pass.SET_EXPRESSION):
                cleanup()

    def rewrite(self, relation: Rel, why: str) -> None:
        """Have the table written anew, where it has rows of its own."""
        if has_storage(relation):
            tab = self.tab(relation)
            tab.rewrite = tab.rewrite or why

    def verify(self, relation: Rel, why: str) -> None:
        """Have the table read, where it has rows of its own."""
        if has_storage(relation):
            tab = self.tab(relation)
            tab.verify = tab.verify or why

    def children(self, relation: Rel) -> list[PgClass]:
        """Direct children, locked as the statement locks."""
        found = [child for child in self.run.children(relation.oid) if isinstance(child, PgClass)]
        for child in found:
            self.run.lock(child, self.mode, self.run.child_role(child))
        return found

    def tree(self, relation: Rel) -> Iterator[PgClass]:
        """The relation and, unless ONLY was written, all below it, locked as the statement locks."""
        if isinstance(relation, PgClass):
            yield relation
        if self.recurse:
            for child in self.run.descendants(relation.oid):
                if isinstance(child, PgClass):
                    self.run.lock(child, self.mode, self.run.child_role(child))
                    yield child


def has_storage(relation: Rel) -> bool:
    """Whether the relation has rows of its own that the server can write."""
    return relation.kind in {"r", "m", "t"}
