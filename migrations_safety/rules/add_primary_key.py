"""A primary key is added and its index is built under ACCESS EXCLUSIVE.

What: ADD PRIMARY KEY (columns) without USING INDEX, on a table that others use.

Why it matters: The table is read for the index, and once more for nulls where a column is not yet NOT NULL, while
neither reads nor writes pass.

When it is harmless: The table is empty, small or made by the same deploy.

What to do: Prove the columns NOT NULL, build the unique index CONCURRENTLY, then ADD PRIMARY KEY USING INDEX, which
takes a moment.

Known limits: Without a database it is not known which columns are NOT NULL already; the sequence leaves their proof
out.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX

Given::

    create table orders (id bigint not null, number bigint);

Unsafe::

    alter table orders add primary key (id);

Unsafe::

    alter table orders add constraint orders_key primary key (number);

Safe::

    create unique index concurrently orders_key on orders (id);
    alter table orders add primary key using index orders_key;

Safe::

    create table scratch (n int);
    alter table scratch add primary key (n);
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
    "Primary key builds its index",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ADD_CONSTRAINT:PRIMARY",),
    squawk=("adding-serial-primary-key-field",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag primary keys whose index is built while others wait."""
    for command, effects in working(step, AlterTableType.ADD_CONSTRAINT):
        definition = command.definition
        if (
            isinstance(definition, Constraint)
            and definition.kind is ConstraintType.PRIMARY
            and not definition.index_name
        ):
            yield from at(
                command, work_flag(step, "the table is read", effects, unique_by_index(step, ConstraintType.PRIMARY))
            )
