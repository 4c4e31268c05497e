"""What several rules ask of effects."""

from __future__ import annotations

from collections.abc import Iterable

from migrations_safety.effects.model import Always, Effects, Lock, Reason, RelationRef, When, Work
from probes.catalog.locks import LockMode

_WEAKEST_THAT_BLOCKS = LockMode.SHARE_UPDATE_EXCLUSIVE.strength


def blocking(locks: Iterable[Lock]) -> list[Lock]:
    """Locks for which readers or writers of a relation wait that other sessions can see."""
    return [lock for lock in locks if not lock.relation.is_new and (lock.mode.blocks_reads or lock.mode.blocks_writes)]


def queueing(locks: Iterable[Lock]) -> list[Lock]:
    """Locks that wait for writers, and behind which others queue."""
    return [lock for lock in locks if not lock.relation.is_new and lock.mode.strength >= _WEAKEST_THAT_BLOCKS]


def work_under(effects: Effects, lock: Lock) -> list[Work]:
    """Work proportional to the locked relation: it is rewritten or read whole, or an index is built from it."""
    found = [work for work in (*effects.rewrites, *effects.scans) if _same(work, lock)]
    return found or ([] if lock.mode is LockMode.ROW_EXCLUSIVE else _builds(effects, lock))


def _builds(effects: Effects, lock: Lock) -> list[Work]:
    """Builds name the index; they read the relation that is the index's only when that is scanned or locked for it."""
    return [work for work in effects.index_builds if _same(work, lock)]


def _same(work: Work, lock: Lock) -> bool:
    return work.relation.name == lock.relation.name and (
        work.relation.schema == lock.relation.schema or None in {work.relation.schema, lock.relation.schema}
    )


def why(work: Iterable[Work], kinds: str) -> str:
    """The reasons given for work, or what kind of work it is."""
    return "; ".join(dict.fromkeys(one.why for one in work if one.why)) or kinds


def assumption(when: When) -> str | None:
    """What an effect depends on where no catalog could tell; None where it is certain."""
    if isinstance(when, Always) or when.reason is not Reason.NO_CATALOG:
        return None
    return when.explanation or "what the table is like, which only a database can tell"


def is_of_others(relation: RelationRef) -> bool:
    """Whether the relation was there before the script: running code may know it."""
    return not relation.is_new and relation.oid >= 0
