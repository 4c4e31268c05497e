"""A transaction locks a second table while it keeps the first one locked.

What: Two statements of one transaction each take a lock that stops reads or writes, on different tables that are in
use. Reported once, where the second table joins.

Why it matters: The first table stands still for as long as the second lock must be waited for, and that depends on
whoever uses the second table. A lock_timeout limits each wait; without one the first table may wait for a report on
the second.

When it is harmless: Both locks are had at once, at a quiet time.

What to do: One table a transaction, where the changes do not have to appear together.

Known limits: Tables that one statement locks together (a foreign key's partners, partitions) are not counted apart.

Sources: https://www.postgresql.org/docs/current/explicit-locking.html

Given::

    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint references customers, total numeric, note text);
    create table items (id bigint primary key, note text);
    create function audit() returns trigger language plpgsql as $$begin return null; end$$;

Unsafe::

    begin;
    alter table orders add column remark text;
    alter table items add column remark text;
    commit;

Unsafe (in the runner's transaction)::

    alter table orders add column remark text;
    drop table items;

Safe::

    alter table orders add column remark text;
    alter table items add column remark text;

Safe::

    begin;
    alter table orders add column remark text;
    alter table orders add column remark2 text;
    commit;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Role
from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.rules._judging import blocking, lock_evidence, names
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Two tables locked by one transaction",
    area=Area.LOCKS,
    severity=Severity.LOW,
    triggers=("+held",),
    profile=Profile.STRICT,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag the statement that locks a second table."""
    tables = [held for held in step.held if held.lock.mode.blocks_writes and held.lock.role is not Role.INDEX]
    if step.effects.is_refused or not tables or len({held.line for held in tables}) > 1:
        return
    known = {held.lock.relation.qualified_name for held in step.held}
    new = [
        lock
        for lock in blocking(step)
        if lock.role is not Role.INDEX
        and not lock.relation.is_described  # it may be the table that is locked already
        and lock.relation.qualified_name not in known
    ]
    if new:
        yield Flag(
            message=(
                f"{names(held.lock.relation for held in tables)} stays locked while {new[0].mode.value} on"
                f" {new[0].relation.qualified_name} is waited for"
            ),
            evidence=lock_evidence(new[0]),
            blocked=tuple(held.lock.relation for held in tables),
        )
