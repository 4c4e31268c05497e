"""A transaction takes a lock that others wait for, and then goes on working.

What: Rows are changed, or a table is read or rewritten, in a transaction that already blocks a table.

Why it matters: A lock is held to the end of its transaction: the short lock of an ALTER TABLE becomes as long as
everything behind it.

When it is harmless: The rest of the transaction is short.

What to do: Commit between them, the lock last and alone.

Known limits: How long the work takes is not known without sizes.

Sources: https://www.postgresql.org/docs/current/explicit-locking.html

Given::

    create table orders (id bigint primary key, note text);

Unsafe::

    begin;
    alter table orders add column remark text;
    update orders set note = '';
    commit;

Safe::

    alter table orders add column remark text;
    update orders set note = '';
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import lock_evidence
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Works while an earlier statement's lock is held",
    area=Area.TRANSACTIONS,
    severity=Severity.MEDIUM,
    triggers=("+held",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag the strongest lock that is held during the work."""
    effects = step.effects
    if effects.is_refused or not (effects.rewrites or effects.scans or effects.index_builds):
        return
    earlier = [held for held in step.held if held.lock.mode.blocks_writes]
    if earlier:
        worst = max(earlier, key=lambda held: held.lock.mode.strength)
        lock = worst.lock
        yield Flag(
            message=(
                f"{lock.mode.value} on {lock.relation.qualified_name}, taken in line {worst.line},"
                " is held during this work"
            ),
            evidence=lock_evidence(lock),
            blocked=(lock.relation,),
            works=True,
        )
