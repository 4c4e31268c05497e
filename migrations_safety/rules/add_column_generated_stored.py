"""A stored generated column is added, so every row is computed and written anew.

What: ADD COLUMN ... GENERATED ALWAYS AS (...) STORED.

Why it matters: The value has to be in every row before the statement ends: the table and all its indexes are written
anew under ACCESS EXCLUSIVE.

When it is harmless: The table is empty or small. A VIRTUAL column (18 and later) is computed when it is read: adding
one touches the catalog only.

What to do: On 18 and later a VIRTUAL column, if nothing needs it indexed or replicated. Otherwise a plain column that
a trigger keeps, filled in batches; or an index on the expression, which is often all that was wanted.

Known limits: A stored column cannot be made out of a plain one later, so there is no online way to exactly this
column.

Sources: https://www.postgresql.org/docs/current/ddl-generated-columns.html

Given::

    create domain positive as int check (value > 0);
    create domain label as text;
    create table customers (id bigint primary key);
    create table orders (id bigint primary key, total numeric, note text);

Unsafe::

    alter table orders add column gross numeric generated always as (total * 1.2) stored;

Safe (18+)::

    alter table orders add column gross numeric generated always as (total * 1.2) virtual;

Safe::

    alter table orders add column gross numeric;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.near import generated_by_trigger
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._added_columns import Cause, added_because_of
from migrations_safety.rules._judging import at, work_flag
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Stored generated column added",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ADD_COLUMN",),
    squawk=("adding-field-with-default",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag stored generated columns on tables with rows."""
    for added in added_because_of(step, Cause.GENERATED):
        flags = work_flag(step, "every row is written anew", added.effects, generated_by_trigger(step))
        yield from at(added.command, flags)
