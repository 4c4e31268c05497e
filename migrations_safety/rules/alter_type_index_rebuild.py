"""A column gets another type or collation, and its indexes are built again under ACCESS EXCLUSIVE.

What: ALTER COLUMN ... TYPE that leaves the rows alone but not the order of an index: another collation, text to
citext, timestamp to timestamptz even in UTC, int to oid. Or one that an index mentions in an expression or condition,
which is always built again.

Why it matters: The change looks free and is known as free, since the table is not rewritten. Building the index still
reads the whole table while neither reads nor writes pass.

When it is harmless: No index mentions the column, or the table is small. Plain indexes survive a longer varchar or
numeric.

What to do: Drop the index CONCURRENTLY before the change and build it CONCURRENTLY after it, if the application can
do without it for that long.

Known limits: Known with a database or for tables of the script only; without, the rule on rewriting speaks.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES

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
    create index orders_lower on orders (lower(label));

Unsafe (with a catalog)::

    alter table orders alter column note type varchar(20) collate "C";

Unsafe (with a catalog)::

    set timezone = 'UTC';
    alter table orders alter column placed type timestamptz;

Unsafe (with a catalog)::

    alter table orders alter column label type varchar(40);

Safe (with a catalog)::

    alter table orders alter column note type varchar(40);

Safe (with a catalog)::

    alter table orders alter column total type numeric(12, 2);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.columns import expand_and_contract
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import at, names, work_flag
from migrations_safety.rules._retyping import Toll, retyped
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Type change builds indexes again",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ALTER_COLUMN_TYPE",),
    squawk=("changing-column-type",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag type changes that build indexes anew."""
    for command, effects in retyped(step, Toll.INDEX_BUILD):
        built = names(work.relation for work in effects.index_builds)
        yield from at(
            command,
            work_flag(
                step, f"the new type of {command.name} has {built} built again", effects, expand_and_contract(step)
            ),
        )
