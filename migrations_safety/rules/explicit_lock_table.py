"""LOCK TABLE keeps a table locked until the transaction ends.

What: LOCK TABLE in SHARE mode or stronger on a table that is in use.

Why it matters: From here to COMMIT writers, or everybody, wait: for the lock to be had, and for all that the
transaction does afterwards.

When it is harmless: A short transaction that must see no change meanwhile, or that wants to fail early under a
lock_timeout or NOWAIT before it takes the same lock anyway.

What to do: Let each statement take the lock it needs; where a lock must come first, set a lock_timeout and keep the
transaction short.

Known limits: Locks of tables behind a locked view are counted too.

Sources: https://www.postgresql.org/docs/current/sql-lock.html

Given::

    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint references customers, total numeric, note text);
    create table items (id bigint primary key, note text);
    create function audit() returns trigger language plpgsql as $$begin return null; end$$;

Unsafe::

    begin;
    lock table orders in exclusive mode;
    commit;

Unsafe::

    begin;
    lock orders;
    commit;

Safe::

    begin;
    lock table orders in row exclusive mode;
    commit;

Safe::

    begin;
    lock table orders in access exclusive mode nowait;
    commit;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.rules._judging import brief_flag
from migrations_safety.rules._locking import is_timed
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.utility import Lock


@rule(
    "Table locked by hand",
    area=Area.LOCKS,
    severity=Severity.LOW,
    triggers=("Lock",),
    profile=Profile.STRICT,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag tables that are locked for the rest of the transaction."""
    if isinstance(step.tree, Lock) and not step.tree.nowait and not is_timed(step) and step.in_block:
        yield from brief_flag(step, "LOCK TABLE holds to the end of the transaction")
