"""DROP INDEX without CONCURRENTLY locks the index's table against reads and writes.

What: DROP INDEX of an index whose table others use. The work is short, but the lock is ACCESS EXCLUSIVE on the table,
not only on the index.

Why it matters: The lock is granted only when every transaction that touches the table has ended, and each query that
comes later queues behind the request. One report that runs for ten minutes is a ten minute outage of the table.

When it is harmless: The table is made by the same deploy, or nothing uses it for long at the time.

What to do: DROP INDEX CONCURRENTLY, one index a statement, outside any transaction block: it waits without making
others wait. Where the server has no such form (indexes of partitioned tables, CASCADE) set a lock_timeout and try
again when it strikes.

Known limits: An index of a constraint cannot be dropped so; ALTER TABLE ... DROP CONSTRAINT is the way, and it has no
form that waits politely.

Sources: https://www.postgresql.org/docs/current/sql-dropindex.html

Given::

    create table orders (id bigint primary key, customer_id bigint);
    create index orders_customer on orders (customer_id);
    create table events (at date) partition by range (at);
    create index events_at on events (at);

Unsafe::

    drop index orders_customer;

Unsafe::

    drop index if exists orders_customer;

Unsafe (with a catalog)::

    drop index events_at;

Safe::

    drop index concurrently orders_customer;

Safe::

    create table scratch (id bigint);
    create index scratch_id on scratch (id);
    drop index scratch_id;

Safe (with a catalog)::

    set lock_timeout = '2s';
    drop index events_at;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.indexes import drop_concurrently
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._locking import work_or_brief
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.tables import Drop


@rule(
    "Index dropped without CONCURRENTLY",
    area=Area.LOCKS,
    severity=Severity.MEDIUM,
    triggers=("Drop:INDEX",),
    squawk=("require-concurrent-index-deletion",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag an index that is dropped under a lock on its table."""
    tree = step.tree
    if isinstance(tree, Drop) and not tree.concurrent:
        yield from work_or_brief(step, "DROP INDEX locks the table", drop_concurrently(step))
