"""DROP TABLE of a partition locks the whole partitioned table.

What: A table that is a partition is dropped. The server takes ACCESS EXCLUSIVE on the partition, on its parent and on
the default partition.

Why it matters: Retention jobs drop old partitions that nobody reads, and are surprised that the table stands still:
every query on the parent waits for the lock, and the lock waits for the longest query on any partition.

When it is harmless: Nobody uses the parent for long at that time.

What to do: DETACH PARTITION ... CONCURRENTLY first (14 and later, no default partition), then DROP TABLE: by then
nothing links it to the parent. Otherwise a lock_timeout.

Known limits: That a table is a partition is known from the catalog or from the script only.

Sources: https://www.postgresql.org/docs/current/sql-droptable.html
    https://www.postgresql.org/docs/current/ddl-partitioning.html#DDL-PARTITIONING-DECLARATIVE-MAINTENANCE

Given::

    create table events (at int not null) partition by range (at);
    create table events_10 partition of events for values from (10) to (20);
    create table logs (at int not null) partition by range (at);
    create table logs_10 partition of logs for values from (10) to (20);
    create table logs_rest partition of logs default;
    create table orders (id bigint);

Unsafe (with a catalog)::

    drop table events_10;

Unsafe (with a catalog)::

    drop table logs_10;

Unsafe (with a catalog)::

    set lock_timeout = '2s';
    drop table events_10;

Safe (with a catalog)::

    set lock_timeout = '2s';
    drop table logs_10;

Safe (with a catalog)::

    alter table events detach partition events_10 concurrently;
    drop table events_10;

Safe::

    drop table orders;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Role
from migrations_safety.rewrites.limited import under_timeout
from migrations_safety.rewrites.partitions import detach_then_drop
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import brief_flag
from migrations_safety.rules._locking import is_timed, partners
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Dropped partition locks its parent",
    area=Area.LOCKS,
    severity=Severity.MEDIUM,
    triggers=("Drop:TABLE",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag a dropped partition for which its parent is locked."""
    locks = partners(step, step.effects, Role.PARENT, Role.DEFAULT_PARTITION)
    if not locks:
        return
    rewrite = detach_then_drop(step)
    if rewrite is not None or not is_timed(step):
        what = "DROP TABLE locks what the partition belongs to"
        yield from brief_flag(step, what, locks, rewrite or under_timeout(step))
