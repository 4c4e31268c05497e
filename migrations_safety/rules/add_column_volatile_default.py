"""A column is added with a default that can differ from row to row, so every row is written anew.

What: ADD COLUMN with a DEFAULT that calls a volatile function: random(), clock_timestamp(), gen_random_uuid(),
nextval(), or a function of your own that is not declared STABLE or IMMUTABLE.

Why it matters: A constant default, and now() is one, is evaluated once and kept in the catalog. A volatile one must
be evaluated for each row: the table and all its indexes are written anew under ACCESS EXCLUSIVE, and every row goes
through the WAL to the replicas.

When it is harmless: The table is empty or small. A function in LANGUAGE sql whose body is not volatile itself is
inlined and costs nothing, whatever it is declared as.

What to do: Add the column without the default, SET DEFAULT for rows to come, fill the old rows in batches, then SET
NOT NULL by way of a validated proof.

Known limits: Volatility is read from the functions that are really there, search_path and all. Without a database a
function that is not built in is reported as one on which the answer depends.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES
    https://www.postgresql.org/docs/current/xfunc-volatility.html

Given::

    create domain positive as int check (value > 0);
    create domain label as text;
    create table customers (id bigint primary key);
    create table orders (id bigint primary key, total numeric, note text);

Unsafe::

    alter table orders add column token uuid default gen_random_uuid();

Unsafe::

    alter table orders add column seen timestamptz not null default clock_timestamp();

Unsafe::

    create function lucky() returns int language plpgsql as $$begin return 7; end$$;
    alter table orders add column lucky int default lucky();

Unsafe (without a catalog)::

    alter table orders add column code text default make_code();

Safe::

    alter table orders add column made timestamptz not null default now();

Safe::

    alter table orders add column state text default 'new';

Safe::

    create function lucky() returns int language sql as $$select 7$$;
    alter table orders add column lucky int default lucky();

Safe::

    create table scratch (id int);
    alter table scratch add column token uuid default gen_random_uuid();
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.columns import default_in_batches
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._added_columns import Cause, added_because_of
from migrations_safety.rules._judging import at, work_flag
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Column added with a volatile default",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ADD_COLUMN",),
    squawk=("adding-field-with-default",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag columns whose default is worked out for every row."""
    for added in added_because_of(step, Cause.DEFAULT):
        yield from at(
            added.command,
            work_flag(
                step, f"column {added.column.name} is written into every row", added.effects, default_in_batches(step)
            ),
        )
