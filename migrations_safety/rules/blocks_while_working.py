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

Safe::

    alter table orders add column state text not null;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, LastResort, rule
from migrations_safety.rules._judging import at, blocked_by_work, commands, work_flag
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType

_NULLS = "23502"


@rule(
    "Blocks a relation while working through it",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("+work",),
    last_resort=LastResort.WORKS,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag every relation that is blocked during work."""
    if not _stops_at_first_row(step):
        command = next((one for one, own in commands(step) if blocked_by_work(step, own)), None)
        flags = work_flag(step, "it is worked through")
        yield from flags if command is None else at(command, flags)


def _stops_at_first_row(step: Step) -> bool:
    """Whether it only looks for rows, which make the server refuse it: a new column NOT NULL without a value."""
    refusal = step.effects.refusal
    if refusal is None or refusal.sqlstate != _NULLS:
        return False
    found = list(commands(step))
    return all(
        one.kind is AlterTableType.ADD_COLUMN and effects.refusal is not None and effects.refusal.sqlstate == _NULLS
        for one, effects in found
        if blocked_by_work(step, effects)
    )
