"""The rule about work that is done while an earlier lock is still held."""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Flag, Group, rule
from migrations_safety.rules._judging import blocking
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule("Works while an earlier statement's lock is held", Group.BLOCKS, Severity.MEDIUM)
def work_under_earlier_lock(step: Step) -> Iterator[Flag]:
    """A transaction takes a lock that others wait for, and then goes on working.

    What: Rows are changed or a table is read or rewritten in a transaction that already blocks a table.

    Why it matters: A lock is held to the end of its transaction: the short lock of an ALTER TABLE becomes as long as
    everything behind it.

    When it is harmless: The rest of the transaction is short.

    What to do: Commit between them, the lock last and alone.

    Known limits: How long the work takes is not known without sizes.

    Unsafe: begin; alter table orders add column remark text; update orders set note = ''; commit
    Safe: alter table orders add column remark text
    """
    effects = step.effects
    works = effects.rewrites or effects.scans or effects.index_builds
    if not works or not step.in_block or effects.is_refused:
        return
    earlier = blocking(step.held)
    if earlier:
        worst = max(earlier, key=lambda lock: lock.mode.strength)
        yield Flag(
            message=f"{worst.mode.value} on {worst.relation.qualified_name}, taken earlier, is held during this work",
            evidence={"lock": worst.mode.value},
            blocked=(worst.relation,),
            works=True,
        )
