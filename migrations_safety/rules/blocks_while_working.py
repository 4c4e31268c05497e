"""The rule about locks that are held for as long as a table is large."""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Always, Role
from migrations_safety.rewrites.sequences import safe_sequence
from migrations_safety.rule import Flag, Group, rule
from migrations_safety.rules._judging import assumption, blocking, why, work_under
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule("Blocks a table while working through it", Group.BLOCKS, Severity.HIGH)
def blocks_while_working(step: Step) -> Iterator[Flag]:
    """A statement that others wait for does work that grows with the table.

    What: A relation that existed before is locked against reads or writes while it is rewritten, read whole, or an
    index of it is built.

    Why it matters: Everybody who needs the table waits until the work is done, and so does everybody behind them.

    When it is harmless: The table is small, or nobody uses it while the migration runs.

    What to do: The safe sequence below the finding, where there is one; else a time when nobody needs the table.

    Known limits: Without a database the statement is judged as if the table were large, and what it depends on is said.

    Unsafe: create index on orders (customer_id)
    Unsafe: alter table orders alter column customer_id set not null
    Unsafe: alter table orders add constraint positive check (total > 0)
    Unsafe: alter table orders add column id2 bigint generated always as identity
    Unsafe: vacuum full orders
    Safe: create index concurrently on orders (customer_id)
    Safe: alter table orders add column remark text
    Safe: alter table orders add constraint positive check (total > 0) not valid
    """
    effects = step.effects
    if effects.is_refused:
        return
    found = [(lock, work) for lock in blocking(effects.locks) if (work := work_under(effects, lock))]
    tables = [(lock, work) for lock, work in found if lock.role is not Role.INDEX]
    for lock, work in tables or found:  # an index waits with its table: say it once
        certain = isinstance(lock.when, Always) and any(isinstance(one.when, Always) for one in work)
        depends = None if certain else next(filter(None, (assumption(one.when) for one in work)), None)
        if not certain and depends is None:
            continue
        waits = "reads and writes" if lock.mode.blocks_reads else "writes"
        yield Flag(
            message=(
                f"{waits} of {lock.relation.qualified_name} wait ({lock.mode.value}) while it is worked through: "
                f"{why(work, 'the table is read or rewritten')}" + (f" (depends on {depends})" if depends else "")
            ),
            evidence={"lock": lock.mode.value, "role": lock.role.value},
            blocked=(lock.relation,),
            works=True,
            safe_rewrite=safe_sequence(step),
        )
