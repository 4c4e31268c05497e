"""ATTACH PARTITION reads the new partition, or the default one, under ACCESS EXCLUSIVE.

What: ALTER TABLE ... ATTACH PARTITION where no valid CHECK on the new partition implies its bounds, where the default
partition has no CHECK that keeps the new range out, or where an index or foreign key of the parent must still be made
on it.

Why it matters: The parent is only locked against other schema changes. But the new partition and the default
partition are closed to everyone while their rows are compared, and queries that reach the default partition through
the parent wait.

When it is harmless: The new partition is empty and there is no default partition, or both have the proving CHECK:
then nothing is read.

What to do: On the new partition a CHECK that says the bounds (with IS NOT NULL on the key), on the default partition
one that excludes them, each NOT VALID and then validated; and beforehand an index for every index of the parent.
ATTACH then takes a moment. Drop the CHECKs afterwards.

Known limits: Without a database neither the CHECKs nor the default partition are known. No bounds are worked out for
hash partitions.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-ATTACH-PARTITION

Given::

    create table events (id bigint, at int not null) partition by range (at);
     create table events_rest partition of events default;
     create table logs (id bigint, at int not null) partition by range (at);
     create table logs_10 (id bigint, at int not null);
     create table logs_20 (id bigint, at int not null, constraint bounds check (at >= 20 and at < 30));
     create table events_10 (id bigint, at int not null, constraint bounds check (at >= 10 and at < 20));

Unsafe::

    alter table logs attach partition logs_10 for values from (10) to (20);

Unsafe::

    alter table events attach partition events_10 for values from (10) to (20);

Safe (with a catalog)::

    alter table logs attach partition logs_20 for values from (20) to (30);

Safe::

    create table parts (at int not null) partition by range (at);
    create table parts_1 (at int not null);
    alter table parts attach partition parts_1 for values from (1) to (2);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.partitions import attach_by_proof
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import work_flag
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Partition attached without proof of its bounds",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ATTACH_PARTITION",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag a partition whose rows, or those of the default partition, are read while others wait."""
    yield from work_flag(step, "rows are compared with the bounds", rewrite=attach_by_proof(step))
