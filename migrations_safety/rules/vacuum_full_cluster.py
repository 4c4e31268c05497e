"""VACUUM FULL or CLUSTER writes the table anew under ACCESS EXCLUSIVE.

What: VACUUM (FULL) or CLUSTER of a table or materialized view.

Why it matters: Nobody reads or writes the table until it and all its indexes are written anew. Plain VACUUM makes the
space usable again without any of this, and next month the table has its old size anyway.

When it is harmless: The table is small, or closed to users at the time.

What to do: Plain VACUUM for space that is to be used again. To give it back to the disk, pg_repack or pg_squeeze,
which work beside the users. CLUSTER as a habit does not last: the order is lost with the first updates.

Known limits: CLUSTER without a table's name is known only by what it may reach.

Sources: https://www.postgresql.org/docs/current/sql-vacuum.html
    https://www.postgresql.org/docs/current/sql-cluster.html
    https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY

Given::

    create table orders (id bigint primary key);

Unsafe::

    vacuum full orders;

Unsafe::

    cluster orders using orders_pkey;

Unsafe::

    vacuum (full, analyze) orders;

Safe::

    vacuum orders;

Safe::

    vacuum (analyze) orders;

Safe::

    alter table orders cluster on orders_pkey;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import work_flag
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "VACUUM FULL or CLUSTER",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("Vacuum", "Cluster"),
    squawk=("prefer-repack",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag tables that are written anew to shrink or to order them."""
    yield from work_flag(step, "the table is written anew")
