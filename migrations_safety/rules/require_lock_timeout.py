"""The rule about waiting for a lock without an end."""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Flag, Group, rule
from migrations_safety.rules._judging import queueing
from migrations_safety.timeline import Step
from probes.finding import Severity

_NO_TIMEOUT = {"", "0", "0ms", "0s"}


@rule("Waits for a lock without a timeout", Group.BLOCKS, Severity.LOW)
def require_lock_timeout(step: Step) -> Iterator[Flag]:
    """A statement queues for a strong lock with no lock_timeout in force.

    What: A lock stronger than ROW EXCLUSIVE on a relation that existed before, and nothing limits the wait.

    Why it matters: While it waits for one long transaction, every query behind it waits too, however short itself.

    When it is harmless: The role or the database has a lock_timeout of its own, or nobody uses the table.

    What to do: SET lock_timeout before the statement, and try again when it strikes.

    Known limits: A timeout that the role or the runner's connection brings along is not seen without a database.

    Unsafe: alter table orders add column remark text
    Safe: set lock_timeout = '2s'; alter table orders add column remark text
    Safe: create table orders_2 (id bigint primary key)
    """
    if step.settings.get("lock_timeout", "") not in _NO_TIMEOUT or step.effects.is_refused:
        return
    strong = queueing(step.effects.locks)
    if strong:
        worst = max(strong, key=lambda lock: lock.mode.strength)
        yield Flag(
            message=f"no lock_timeout while waiting for {worst.mode.value} on {worst.relation.qualified_name}",
            evidence={"lock": worst.mode.value},
            blocked=(worst.relation,),
        )
