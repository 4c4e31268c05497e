"""A column is added together with a CHECK, and the whole table is read to check it.

What: ADD COLUMN ... CHECK (...) in one breath. The table is read whole under ACCESS EXCLUSIVE even if all the new
values are null or one constant. So it is for a virtual generated column with NOT NULL (18 and later), whose values
must all be computed to know.

Why it matters: Without the CHECK the same statement is done in a moment. With it, reads and writes wait for a scan
that cannot find anything.

When it is harmless: The table is empty or small.

What to do: Add the column, and in the same statement the constraint as a table constraint NOT VALID; then VALIDATE
CONSTRAINT in a transaction of its own, which lets reads and writes pass. A virtual column gets its NOT NULL the same
way.

Known limits: A CHECK that is true for every row is scanned for as well, as the server does.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT

Given::

    create domain positive as int check (value > 0);
    create domain label as text;
    create table customers (id bigint primary key);
    create table orders (id bigint primary key, total numeric, note text);

Unsafe::

    alter table orders add column pieces int check (pieces > 0);

Unsafe::

    alter table orders add column pieces int not null default 1 constraint sane check (pieces > 0);

Unsafe (18+)::

    alter table orders add column gross numeric generated always as (total * 1.2) virtual not null;

Safe::

    alter table orders add column pieces int, add constraint sane check (pieces > 0) not valid;

Safe::

    alter table orders add column pieces int;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.columns import constraint_after_column
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._added_columns import Cause, added_because_of
from migrations_safety.rules._judging import at, work_flag
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Column added with a CHECK",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ADD_COLUMN",),
    squawk=("constraint-missing-not-valid",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag columns whose CHECK makes the table be read."""
    for added in added_because_of(step, Cause.CHECK, Cause.VIRTUAL_NOT_NULL):
        yield from at(
            added.command,
            work_flag(
                step,
                f"the table is read for the new column {added.column.name}",
                added.effects,
                constraint_after_column(step),
            ),
        )
