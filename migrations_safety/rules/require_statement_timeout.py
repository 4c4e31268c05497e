"""A statement that blocks a table while working through it has no statement_timeout.

What: A relation that is in use is locked against readers or writers while it is rewritten, read whole or indexed, and
no statement_timeout is in force.

Why it matters: lock_timeout limits the waiting before the lock is had, not the work under it. If the table is larger
than was thought, only a statement_timeout ends the outage without a human.

When it is harmless: The work is known to be short, as on a copy of production of yesterday.

What to do: SET statement_timeout to the longest outage that can be borne, and set it back to 0 before statements that
build CONCURRENTLY or validate: those should run as long as they need.

Known limits: A timeout of the role or of the runner's connection is known only where a catalog holds it.

Sources: https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe::

    alter table orders add constraint positive check (total > 0);

Safe::

    set statement_timeout = '5s';
    alter table orders add constraint positive check (total > 0);

Safe::

    create index concurrently on orders (total);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.rules._judging import blocked_by_work, names
from migrations_safety.rules._timeouts import in_force_ms
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Blocking work without a statement_timeout",
    area=Area.TRANSACTIONS,
    severity=Severity.LOW,
    triggers=("+work",),
    profile=Profile.STRICT,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag blocking work that nothing ends."""
    if in_force_ms(step, "statement_timeout") > 0:
        return
    found = blocked_by_work(step)
    if found:
        yield Flag(
            message=f"{names(one.lock.relation for one in found)} would stay locked however long the work takes:"
            " no statement_timeout is in force",
            blocked=tuple(one.lock.relation for one in found),
        )
