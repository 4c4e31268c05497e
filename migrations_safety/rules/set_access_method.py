"""SET ACCESS METHOD writes the whole table anew under ACCESS EXCLUSIVE.

What: ALTER TABLE ... SET ACCESS METHOD to another method than the table has (15 and later).

Why it matters: Every row and every index is written anew while neither reads nor writes pass.

When it is harmless: The table has that method already, is partitioned (then only future partitions are concerned), or
is small.

What to do: A second table with the other method, filled in batches and swapped by renaming.

Known limits: Without a database heap is taken for the method that the table has.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-ACCESS-METHOD
    https://www.postgresql.org/docs/current/tableam.html

Given::

    create access method other type table handler heap_tableam_handler;
    create table orders (id bigint primary key);

Unsafe::

    alter table orders set access method other;

Safe::

    alter table orders set access method heap;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import at, work_flag
from migrations_safety.rules._locking import working
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType


@rule(
    "Table moved to another access method",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:SET_ACCESS_METHOD",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag tables that are written anew by another method."""
    for command, effects in working(step, AlterTableType.SET_ACCESS_METHOD):
        yield from at(command, work_flag(step, "the table is written anew", effects))
