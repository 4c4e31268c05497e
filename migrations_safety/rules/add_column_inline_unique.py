"""A column is added with UNIQUE or PRIMARY KEY, and its index is built under ACCESS EXCLUSIVE.

What: ADD COLUMN ... UNIQUE or PRIMARY KEY. The index is built at once, by reading the whole table while nobody else
may.

Why it matters: The column alone would take a moment. The index takes as long as the table is large, and not even
readers pass meanwhile. With a constant default it also fails on the second row.

When it is harmless: The table is empty or small.

What to do: Add the column, build the unique index CONCURRENTLY, then ADD CONSTRAINT ... UNIQUE USING INDEX, which
takes a moment. A primary key also needs its values and a proof of NOT NULL first.

Known limits: A sequence is written for plain UNIQUE only.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX

Given::

    create table orders (total numeric, note text);

Unsafe::

    alter table orders add column code text unique;

Unsafe::

    alter table orders add column number bigint primary key;

Safe::

    alter table orders add column code text;
    create unique index concurrently orders_code on orders (code);
    alter table orders add constraint orders_code unique using index orders_code;

Safe::

    create table scratch (name text);
    alter table scratch add column code text unique;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.inline_unique import unique_after_column
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._added_columns import Cause, added_because_of
from migrations_safety.rules._judging import at, work_flag
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Column added with UNIQUE or PRIMARY KEY",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ADD_COLUMN",),
    squawk=("disallowed-unique-constraint",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag columns whose index is built at once."""
    for added in added_because_of(step, Cause.UNIQUE):
        yield from at(
            added.command,
            work_flag(
                step,
                f"the table is read for the new column {added.column.name}",
                added.effects,
                unique_after_column(step),
            ),
        )
