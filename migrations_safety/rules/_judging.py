"""What rules ask of effects, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from migrations_safety.effects.model import Always, Effects, Lock, Reason, RelationRef, Role, When, Work
from migrations_safety.effects.predict import apply
from migrations_safety.rewrites.model import Rewrite
from migrations_safety.rule import Flag
from migrations_safety.timeline import Step
from probes.catalog.locks import LockMode
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable, AlterTableCommand

_QUEUES_FROM = LockMode.SHARE_UPDATE_EXCLUSIVE.strength
_SHOWN = 4


class Blocked(msgspec.Struct, frozen=True, gc=False):
    """A relation that others wait for while it is worked through."""

    lock: Lock
    work: tuple[Work, ...]
    depends: str | None
    """What it depends on where it is not certain."""


def blocking(step: Step, effects: Effects | None = None) -> list[Lock]:
    """Locks for which readers or writers wait; short ones and relations of this deploy are exempt."""
    return step.once(_blocking) if effects is None or effects is step.effects else _blocking_of(step, effects)


def _blocking(step: Step) -> list[Lock]:
    return _blocking_of(step, step.effects)


def _blocking_of(step: Step, effects: Effects) -> list[Lock]:
    return [lock for lock in effects.locks if _blocks_somebody(lock) and is_used(step, lock.relation)]


def _blocks_somebody(lock: Lock) -> bool:
    """Whether readers or writers wait; nobody but REFRESH writes to a materialized view."""
    is_view = lock.role is Role.MATERIALIZED_VIEW or lock.relation.kind == "m"
    return not lock.is_short and (lock.mode.blocks_reads if is_view else lock.mode.blocks_writes)


def queueing(step: Step) -> list[Lock]:
    """Locks that wait for others, and behind which others queue."""
    return [
        lock
        for lock in step.effects.locks
        if lock.mode.strength >= _QUEUES_FROM and not lock.is_short and is_used(step, lock.relation)
    ]


def is_used(step: Step, relation: RelationRef) -> bool:
    """The exemption that all rules on locks share: temporary relations, and those that this deploy made."""
    return step.is_used_by_others(relation)


def blocked_by_work(step: Step, effects: Effects | None = None) -> list[Blocked]:
    """Relations that others wait for during work proportional to them; provably empty ones are exempt."""
    return step.once(_blocked) if effects is None or effects is step.effects else _blocked_of(step, effects)


def _blocked(step: Step) -> list[Blocked]:
    return _blocked_of(step, step.effects)


def _blocked_of(step: Step, effects: Effects) -> list[Blocked]:
    if effects.is_refused or not (effects.rewrites or effects.scans):
        return []
    work: dict[str, list[Work]] = {}
    for one in (*effects.rewrites, *effects.scans):
        if not one.is_empty and not step.look.is_empty(one.relation):
            work.setdefault(one.relation.qualified_name, []).append(one)
    found: list[Blocked] = []
    for lock in blocking(step, effects):
        of_this = work.get(lock.relation.qualified_name)
        if not of_this:
            continue
        depends = _depends(lock, of_this)
        if depends != _NEVER:
            found.append(Blocked(lock, tuple(of_this), depends))
    return found


_NEVER = "\0"


def _depends(lock: Lock, work: Iterable[Work]) -> str | None:
    certain = isinstance(lock.when, Always) and any(isinstance(one.when, Always) for one in work)
    if certain:
        return None
    return next((said for when in (lock.when, *(one.when for one in work)) if (said := assumption(when))), _NEVER)


def assumption(when: When) -> str | None:
    """What an effect depends on, in words; None where it is certain or where rows decide."""
    if isinstance(when, Always):
        return None
    if when.reason is Reason.NO_CATALOG:
        return when.explanation or "what the table is like, which only a database can tell"
    return when.explanation or "a branch of the code" if when.reason is Reason.FUNCTION_BODY else None


def work_flag(step: Step, what: str, effects: Effects | None = None, rewrite: Rewrite | None = None) -> Iterator[Flag]:
    """One flag for all relations that others wait for during work; none where there are none.

    Args:
        step: The statement.
        what: What it does, such as `the index is built`.
        effects: Those of one subcommand; all by default.
        rewrite: The safe sequence.
    """
    found = blocked_by_work(step, effects)
    tables = [one for one in found if one.lock.role is not Role.INDEX] or found
    if not tables:
        return
    worst = max(tables, key=lambda one: one.lock.mode.strength)
    reasons = dict.fromkeys(one.why for blocked in tables for one in blocked.work if one.why)
    because = f" ({'; '.join(list(reasons)[:2])})" if reasons else ""
    depends = next((one.depends for one in tables if one.depends), None)
    yield Flag(
        message=(
            f"{what}{because} while {waiting(worst.lock.mode)} of {names(one.lock.relation for one in tables)} wait"
            f"{f'; it depends on {depends}' if depends else ''}{branch(step)}"
        ),
        evidence=lock_evidence(worst.lock),
        blocked=tuple(one.lock.relation for one in tables),
        works=True,
        rewrite=rewrite,
    )


def brief_flag(
    step: Step, what: str, locks: Iterable[Lock] | None = None, rewrite: Rewrite | None = None
) -> Iterator[Flag]:
    """One flag for locks that are strong and short; none where nobody waits."""
    found = list(blocking(step) if locks is None else locks)
    tables = [lock for lock in found if lock.role is not Role.INDEX] or found
    if step.effects.is_refused or not tables:
        return
    worst = max(tables, key=lambda lock: lock.mode.strength)
    yield Flag(
        message=(
            f"{what}: {waiting(worst.mode)} of {names(lock.relation for lock in tables)} wait for it,"
            f" and it waits for every transaction that uses {'it' if len(tables) == 1 else 'them'}{branch(step)}"
        ),
        evidence=lock_evidence(worst),
        blocked=tuple(lock.relation for lock in tables),
        rewrite=rewrite,
    )


def lock_evidence(lock: Lock) -> dict[str, str]:
    """The lock in the manual's words, and why it is taken."""
    return {"lock": lock.mode.value, "role": lock.role.value}


def waiting(mode: LockMode) -> str:
    """Who waits for a lock."""
    if mode.blocks_reads:
        return "reads and writes"
    return "writes" if mode.blocks_writes else "schema changes and VACUUM"


def names(relations: Iterable[RelationRef]) -> str:
    """Some names, and how many more there are."""
    found = list(dict.fromkeys(relation.qualified_name for relation in relations))
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more


def branch(step: Step) -> str:
    """A remark for a statement that may not run."""
    return " (in a branch of the DO block)" if step.in_body and step.in_body.is_conditional else ""


def commands(step: Step, *kinds: AlterTableType) -> Iterator[tuple[AlterTableCommand, Effects]]:
    """The subcommands of these kinds, or of all, each with the effects it would have alone."""
    tree = step.tree
    if not isinstance(tree, AlterTable):
        return
    for item in tree.wire_commands:
        command = item.AlterTableCmd
        if not kinds or command.kind in kinds:
            if len(tree.wire_commands) == 1:
                yield command, step.effects
            else:
                yield command, _alone(step, msgspec.structs.replace(tree, wire_commands=(item,)))


def at(command: AlterTableCommand, flags: Iterable[Flag]) -> Iterator[Flag]:
    """The flags, pointing at a subcommand."""
    for flag in flags:
        yield msgspec.structs.replace(flag, command=command)


def _alone(step: Step, tree: AlterTable) -> Effects:
    world = step.look.run.world
    mark = world.mark()
    try:
        return apply(world, tree, in_transaction=step.in_block)
    finally:
        world.undo(mark)
