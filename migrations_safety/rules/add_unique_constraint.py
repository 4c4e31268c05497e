"""A UNIQUE constraint is added and its index is built under ACCESS EXCLUSIVE.

What: ADD CONSTRAINT ... UNIQUE (columns) without USING INDEX, on a table that others use.

Why it matters: The index is built by reading and sorting the whole table while neither reads nor writes pass. A
duplicate found at the end makes it all in vain.

When it is harmless: The table is empty, small or made by the same deploy.

What to do: CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT ... UNIQUE USING INDEX, which takes a moment. On a
partitioned table: a unique index per partition, attached to one made with ON ONLY.

Known limits: No sequence is written for partitioned tables.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX

Given::

    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint, total numeric, note text);

Unsafe::

    alter table orders add constraint orders_note unique (note);

Unsafe::

    alter table orders add unique (customer_id, note) deferrable;

Safe::

    create unique index concurrently orders_note on orders (note);
    alter table orders add constraint orders_note unique using index orders_note;

Safe::

    create table scratch (n int);
    alter table scratch add unique (n);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.constraints import unique_by_index
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import at, work_flag
from migrations_safety.rules._locking import working
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType, ConstraintType
from probes.sql.tree.parts import Constraint


@rule(
    "UNIQUE constraint builds its index",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ADD_CONSTRAINT:UNIQUE",),
    squawk=("disallowed-unique-constraint",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag UNIQUE constraints whose index is built while others wait."""
    for command, effects in working(step, AlterTableType.ADD_CONSTRAINT):
        definition = command.definition
        if isinstance(definition, Constraint) and definition.kind is ConstraintType.UNIQUE:
            yield from at(
                command, work_flag(step, "the table is read", effects, unique_by_index(step, ConstraintType.UNIQUE))
            )
