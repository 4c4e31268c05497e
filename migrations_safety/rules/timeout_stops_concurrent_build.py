"""A timeout is in force that can stop a concurrent build half way.

What: CREATE INDEX, REINDEX or DROP INDEX CONCURRENTLY, or DETACH PARTITION CONCURRENTLY, runs with a
statement_timeout, or with a lock_timeout, in force.

Why it matters: These statements take as long as the table is large and wait for every older transaction; lock_timeout
counts those waits too. Stopped in the middle they leave an INVALID index, which costs every write and answers no
query, or a partition that is half detached.

When it is harmless: The timeout is much longer than the build, and no transaction of the database is older than the
lock_timeout.

What to do: Set both to 0 before it: nobody queues behind a concurrent build. If it was stopped, DROP INDEX
CONCURRENTLY what is left (or DETACH ... FINALIZE) before the next try.

Known limits: How long the build takes is not known.

Sources: https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe::

    set statement_timeout = '5s';
    create index concurrently on orders (total);

Unsafe::

    set lock_timeout = '2s';
    create index concurrently on orders (total);

Safe::

    set statement_timeout = 0;
    set lock_timeout = 0;
    create index concurrently on orders (total);

Safe::

    set lock_timeout = '2s';
    alter table orders add column remark text;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.rules._timeouts import in_force_ms
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "A timeout may stop a concurrent build",
    area=Area.TRANSACTIONS,
    severity=Severity.LOW,
    triggers=("+waits",),
    profile=Profile.STRICT,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag a concurrent statement under a timeout."""
    if step.effects.is_refused or step.in_block:
        return
    names = [name for name in ("statement_timeout", "lock_timeout") if in_force_ms(step, name) > 0]
    relation = next((lock.relation for lock in step.effects.locks if step.is_used_by_others(lock.relation)), None)
    if names and relation is not None:
        values = " and ".join(f"{name} = {step.settings[name]}" for name in names)
        yield Flag(
            message=f"{values} may stop it half way and leave behind what is not usable",
            evidence={name: step.settings[name] for name in names},
            blocked=(relation,),
        )
