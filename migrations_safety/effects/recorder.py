"""Gathering the effects of one statement: of each relation the strongest certain lock, and stronger possible ones."""

from __future__ import annotations

from migrations_safety.effects.model import (
    ALWAYS,
    Always,
    Conditional,
    Effects,
    Lock,
    Refusal,
    RelationRef,
    Role,
    Wait,
    When,
    Work,
)
from probes.catalog.locks import LockMode


class Recorder:
    """Collects effects by relation; asking twice for the same thing keeps the stronger and the more certain."""

    def __init__(self) -> None:
        self._certain: dict[RelationRef, Lock] = {}
        self._possible: dict[RelationRef, Lock] = {}
        self._rewrites: dict[RelationRef, Work] = {}
        self._scans: dict[RelationRef, Work] = {}
        self._builds: dict[RelationRef, Work] = {}
        self._waits: dict[Wait, None] = {}
        self._assumptions: dict[str, None] = {}
        self.requires_no_transaction = False
        self.opaque: str | None = None
        self.refusal: Refusal | None = None

    def lock(
        self, relation: RelationRef, mode: LockMode, role: Role, when: When = ALWAYS, *, is_short: bool = False
    ) -> None:
        """Note a lock."""
        held = self._certain if isinstance(when, Always) else self._possible
        before = held.get(relation)
        if before is None:
            held[relation] = Lock(relation, mode, role, when, is_short)
        elif mode.strength > before.mode.strength:
            held[relation] = Lock(relation, mode, before.role, when, is_short)

    def rewrite(self, relation: RelationRef, why: str, when: When = ALWAYS, *, is_empty: bool = False) -> None:
        """Note that a table is written anew."""
        _note(self._rewrites, Work(relation, when, why, is_empty))

    def scan(self, relation: RelationRef, why: str, when: When = ALWAYS, *, is_empty: bool = False) -> None:
        """Note that a table is read whole."""
        _note(self._scans, Work(relation, when, why, is_empty))

    def build(self, index: RelationRef, why: str, when: When = ALWAYS, *, is_empty: bool = False) -> None:
        """Note that an index is built."""
        _note(self._builds, Work(index, when, why, is_empty))

    def wait(self, wait: Wait) -> None:
        """Note what is waited for."""
        self._waits[wait] = None

    def assume(self, assumption: str) -> None:
        """Note what no catalog could tell."""
        self._assumptions[assumption] = None

    def may_refuse(self, sqlstate: str, message: str, when: Conditional) -> None:
        """Note a refusal that depends on the state of the database; the first counts."""
        if self.refusal is None:
            self.refusal = Refusal(sqlstate, message, when)

    def effects(self) -> Effects:
        """All that was noted."""
        locks = list(self._certain.values())
        for relation, lock in self._possible.items():
            certain = self._certain.get(relation)
            if certain is None or lock.mode.strength > certain.mode.strength:
                locks.append(lock)
        return Effects(
            locks=tuple(locks),
            rewrites=tuple(self._rewrites.values()),
            scans=tuple(self._scans.values()),
            index_builds=tuple(self._builds.values()),
            requires_no_transaction=self.requires_no_transaction,
            waits=tuple(self._waits),
            refusal=self.refusal,
            opaque=self.opaque,
            assumptions=tuple(self._assumptions),
        )


def _note(held: dict[RelationRef, Work], work: Work) -> None:
    before = held.get(work.relation)
    if before is None or (isinstance(before.when, Conditional) and isinstance(work.when, Always)):
        held[work.relation] = work
    elif before.is_empty and not work.is_empty:
        held[work.relation] = Work(work.relation, before.when, work.why)
