"""A column gets another type, and a CHECK that mentions it is proved again under ACCESS EXCLUSIVE.

What: ALTER COLUMN ... TYPE that writes no row, on a column that a validated CHECK constraint mentions. The server
makes the constraint anew and reads the whole table for it.

Why it matters: varchar(20) to varchar(40) is the textbook case of a change that costs nothing. With a CHECK on the
column reads and writes wait for a full scan.

When it is harmless: The table is small, or the constraint is NOT VALID.

What to do: In the statement that changes the type drop the constraint and add it again NOT VALID; then validate it in
a transaction of its own. New rows are checked all the while.

Known limits: Known with a database or for tables of the script only.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE

Given::

    create table customers (code varchar(10) primary key);
    create table orders (
        id int primary key,
        total numeric(10, 2),
        note varchar(20),
        placed timestamp,
        label varchar(20) constraint labelled check (label <> ''),
        customer varchar(10) references customers
    );
    create index orders_placed on orders (placed);
    create index orders_note on orders (note);

Unsafe (with a catalog)::

    alter table orders alter column label type varchar(40);

Safe (with a catalog)::

    alter table orders alter column note type varchar(40);

Safe (with a catalog)::

    alter table orders
        alter column label type varchar(40),
        drop constraint labelled,
        add constraint labelled check (label <> '') not valid;
    alter table orders validate constraint labelled;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.retyping import recheck_afterwards
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import at, blocked_by_work, work_flag
from migrations_safety.rules._retyping import Toll, retyped
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Type change proves a CHECK again",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ALTER_COLUMN_TYPE",),
    squawk=("changing-column-type",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag type changes that read the table for a CHECK."""
    if not blocked_by_work(step):
        return
    for command, effects in retyped(step, Toll.SCAN):
        rewrite = recheck_afterwards(step, command.name or "")
        yield from at(
            command, work_flag(step, f"the new type of {command.name} has constraints proved again", effects, rewrite)
        )
