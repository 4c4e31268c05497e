"""CREATE TABLE ... PARTITION OF locks the partitioned table, and reads its default partition.

What: A partition is created in place under a parent that others use. Unlike ATTACH PARTITION this takes ACCESS
EXCLUSIVE on the parent, and on the default partition, all of whose rows are read for some that belong into the new
one.

Why it matters: It is the statement that monthly jobs run, and it looks as if it only made an empty table. One long
query on the parent, and every query on it queues behind the job; with a full default partition they wait for a scan
on top.

When it is harmless: The parent is new, or nothing uses it for long and there is no default partition. With a
lock_timeout the short form is as good as it can be.

What to do: Make the table by itself (LIKE the parent) and ATTACH it: that takes only SHARE UPDATE EXCLUSIVE on the
parent. A default partition needs a validated CHECK beforehand that keeps the new range out, so that it is not read.

Known limits: LIKE copies no triggers and no foreign keys; ATTACH adds them. No sequence is written for partitions
that say columns or constraints of their own.

Sources: https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-PARTITION
    https://www.postgresql.org/docs/current/ddl-partitioning.html

Given::

    create table events (id bigint, at int not null) partition by range (at);
    create table logs (id bigint, at int not null) partition by range (at);
    create table logs_rest partition of logs default;

Unsafe::

    create table events_10 partition of events for values from (10) to (20);

Unsafe::

    create table logs_10 partition of logs for values from (10) to (20);

Unsafe (with a catalog)::

    set lock_timeout = '2s';
    create table logs_10 partition of logs for values from (10) to (20);

Safe::

    create table parts (at int not null) partition by range (at);
    create table parts_1 partition of parts for values from (1) to (2);

Safe (with a catalog)::

    set lock_timeout = '2s';
    create table events_10 partition of events for values from (10) to (20);

Safe (with a catalog)::

    create table events_10 (like events);
    alter table events attach partition events_10 for values from (10) to (20);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Role
from migrations_safety.rewrites.partition_creation import create_then_attach
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import blocking
from migrations_safety.rules._locking import brief_unless_timed, flag_with_partners
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.tables import CreateTable


@rule(
    "Partition created under a parent in use",
    area=Area.LOCKS,
    severity=Severity.MEDIUM,
    triggers=("CreateTable&+lock",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag a new partition for which its parent is locked."""
    tree = step.tree
    if not isinstance(tree, CreateTable) or tree.bound is None:
        return
    locks = [lock for lock in blocking(step) if lock.role in {Role.PARENT, Role.DEFAULT_PARTITION}]
    if not locks:
        return
    rewrite = create_then_attach(step)
    flags = list(flag_with_partners(step, "the default partition is read", step.effects, Role.PARENT, rewrite=rewrite))
    if flags:
        yield from flags
    else:
        yield from brief_unless_timed(step, "PARTITION OF locks the parent", locks, rewrite)
