"""What the rules on locks share: limits of waiting, roles of relations, tables locked beside the one worked through."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from migrations_safety.effects.model import Effects, Lock, Role
from migrations_safety.rewrites.limited import under_timeout
from migrations_safety.rewrites.model import Rewrite
from migrations_safety.rule import Flag
from migrations_safety.rules._judging import blocked_by_work, blocking, brief_flag, commands, work_flag
from migrations_safety.rules._timeouts import LONGEST_WAIT_MS, in_force_ms
from migrations_safety.timeline import Step
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTableCommand
from probes.sql.tree.utility import Reindex


def is_timed(step: Step) -> bool:
    """Whether a timeout limits how long others queue behind the statement."""
    return in_force_ms(step, "lock_timeout") > 0 or 0 < in_force_ms(step, "statement_timeout") <= LONGEST_WAIT_MS


def only_roles(effects: Effects, *roles: Role) -> Effects:
    """The effects with the locks of these roles, and no others."""
    return msgspec.structs.replace(effects, locks=tuple(lock for lock in effects.locks if lock.role in roles))


def without_roles(effects: Effects, *roles: Role) -> Effects:
    """The effects without the locks of these roles."""
    return msgspec.structs.replace(effects, locks=tuple(lock for lock in effects.locks if lock.role not in roles))


def partners(step: Step, effects: Effects, *roles: Role) -> list[Lock]:
    """Blocking locks on relations that the statement does not name, where they are known by name."""
    return [lock for lock in blocking(step, effects) if lock.role in roles and not lock.relation.is_described]


def brief_unless_timed(step: Step, what: str, locks: list[Lock], rewrite: Rewrite | None = None) -> Iterator[Flag]:
    """One flag for short strong locks; none where a lock_timeout is in force, which is all that can be asked."""
    if locks and not is_timed(step):
        yield from brief_flag(step, what, locks, rewrite or under_timeout(step))


def work_or_brief(step: Step, what: str, rewrite: Rewrite | None) -> Iterator[Flag]:
    """The flag for work under a lock, or else the one for the lock itself.

    A short lock for which there is no online form is only reported while nothing limits the wait for it.
    """
    if blocked_by_work(step):
        yield from work_flag(step, what, rewrite=rewrite)
    elif rewrite is not None or not is_timed(step):
        yield from brief_flag(step, what, rewrite=rewrite or under_timeout(step))


def flag_with_partners(
    step: Step, what: str, effects: Effects, *roles: Role, rewrite: Rewrite | None = None
) -> Iterator[Flag]:
    """The flag for work under a lock, with the relations of these roles that stay locked as long."""
    for flag in work_flag(step, what, effects, rewrite):
        beside = [lock.relation for lock in partners(step, effects, *roles) if lock.relation not in flag.blocked]
        if beside:
            listed = ", ".join(dict.fromkeys(relation.qualified_name for relation in beside))
            message = f"{flag.message}; {listed} stays locked as long"
            yield msgspec.structs.replace(flag, message=message, blocked=(*flag.blocked, *beside))
        else:
            yield flag


def pointing_at_partner(step: Step, flags: Iterator[Flag]) -> Iterator[Flag]:
    """The flags, pointing at the subcommand for which the other end of a foreign key is locked."""
    for flag in flags:
        own = commands(step)
        command = next((one for one, effects in own if partners(step, effects, Role.FOREIGN_KEY_PARTNER)), None)
        yield msgspec.structs.replace(flag, command=command)


def is_concurrent(statement: Reindex) -> bool:
    """Whether CONCURRENTLY is in force, as a word or as an option."""
    return any(option.name == "concurrently" and option.is_on for option in statement.options)


def working(step: Step, *kinds: AlterTableType) -> Iterator[tuple[AlterTableCommand, Effects]]:
    """The subcommands of these kinds, with the effects each would have alone, where the statement works at all.

    One that needs another subcommand beside it, such as a new primary key in place of the old, has those of all.
    """
    effects = step.effects
    if effects.rewrites or effects.scans or effects.index_builds:
        for command, alone in commands(step, *kinds):
            yield command, effects if alone.is_refused else alone
