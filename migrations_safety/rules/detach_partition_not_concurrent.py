"""DETACH PARTITION without CONCURRENTLY locks the whole partitioned table.

What: ALTER TABLE ... DETACH PARTITION. Parent, partition and default partition are locked in ACCESS EXCLUSIVE mode,
tables that reference the parent in SHARE ROW EXCLUSIVE, and their rows are looked through for some that point into
the partition.

Why it matters: Every query on the partitioned table, whichever partition it wants, waits for the lock, and the lock
waits for every query that runs already.

When it is harmless: The parent is made by the same deploy, or nobody uses it for long.

What to do: DETACH PARTITION ... CONCURRENTLY, outside any transaction block (14 and later). It refuses to run where
there is a default partition; then a lock_timeout and patience are what is left.

Known limits: CONCURRENTLY itself holds ACCESS EXCLUSIVE on the partition while it waits for a foreign key's partner.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DETACH-PARTITION

Given::

    create table events (at date not null) partition by range (at);
    create table events_2025 partition of events for values from ('2025-01-01') to ('2026-01-01');
    create table logs (at date not null) partition by range (at);
    create table logs_2025 partition of logs for values from ('2025-01-01') to ('2026-01-01');
    create table logs_rest partition of logs default;

Unsafe::

    alter table events detach partition events_2025;

Unsafe (with a catalog)::

    alter table logs detach partition logs_2025;

Safe::

    alter table events detach partition events_2025 concurrently;

Safe (with a catalog)::

    set lock_timeout = '2s';
    alter table logs detach partition logs_2025;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.partitions import detach_concurrently
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._locking import work_or_brief
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.atoms import PartitionCmd
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable


@rule(
    "Partition detached without CONCURRENTLY",
    area=Area.LOCKS,
    severity=Severity.MEDIUM,
    triggers=("AlterTable:DETACH_PARTITION",),
    squawk=("require-concurrent-partition-detach",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag a partition that is detached under a lock on the whole tree."""
    tree = step.tree
    if not isinstance(tree, AlterTable):
        return
    for command in tree.commands:
        definition = command.definition
        if command.kind is AlterTableType.DETACH_PARTITION and isinstance(definition, PartitionCmd):
            if not definition.concurrent:
                yield from work_or_brief(step, "DETACH PARTITION locks the whole table", detach_concurrently(step))
            return
