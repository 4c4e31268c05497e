"""A relation that others need is locked while it is rewritten, read whole, or indexed.

What: A relation that existed before is locked against reads or writes while it is rewritten, read whole, or an index
of it is built, in a way for which there is no rule of its own.

Why it matters: Everybody who needs the relation waits until the work is done, and so does everybody behind them.

When it is harmless: The relation is small, or nobody uses it while the migration runs.

What to do: Run it at a time when nobody needs the relation, or look for a form that works beside its users.

Known limits: Without a database every relation is taken for a large one, and what it depends on is said.

Sources: https://www.postgresql.org/docs/current/explicit-locking.html

Given::

    create table orders (id bigint primary key, customer_id bigint, total numeric);

Unsafe::

    alter table orders set unlogged, set (fillfactor = 70);

Safe::

    create index concurrently on orders (customer_id);

Safe::

    alter table orders add column remark text;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, LastResort, rule
from migrations_safety.rules._judging import work_flag
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Blocks a relation while working through it",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("+work",),
    last_resort=LastResort.WORKS,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag every relation that is blocked during work."""
    yield from work_flag(step, "it is worked through")
