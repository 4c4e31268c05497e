"""A serial column is added to a table that has rows, so every row is written anew.

What: ADD COLUMN of type serial, bigserial or smallserial. The column takes its default from a sequence, and each row
that is there gets a number of its own.

Why it matters: The table and all its indexes are written anew under ACCESS EXCLUSIVE. This is so on every version:
the shortcut for defaults that came with PostgreSQL 11 is for values that are the same in all rows.

When it is harmless: The table is empty or small.

What to do: Make the sequence and a plain integer column, set the default, number the old rows in batches, prove NOT
NULL, and let the column own the sequence.

Known limits: In which order rows are numbered is not promised by either way.

Sources: https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-SERIAL
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES

Given::

    create domain positive as int check (value > 0);
    create domain label as text;
    create table customers (id bigint primary key);
    create table orders (id bigint primary key, total numeric, note text);

Unsafe::

    alter table orders add column number bigserial;

Unsafe::

    alter table orders add column number serial not null;

Safe::

    create table scratch (name text);
    alter table scratch add column number serial;

Safe::

    create sequence orders_number_seq;
    alter table orders add column number bigint;
    alter table orders alter column number set default nextval('orders_number_seq');
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.columns import serial_in_batches
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._added_columns import Cause, added_because_of
from migrations_safety.rules._judging import at, work_flag
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Serial column added",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ADD_COLUMN",),
    squawk=("adding-serial-primary-key-field",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag serial columns on tables with rows."""
    for added in added_because_of(step, Cause.SERIAL):
        yield from at(
            added.command, work_flag(step, "every row is written anew", added.effects, serial_in_batches(step))
        )
