"""PRIMARY KEY USING INDEX over a nullable column reads the whole table under ACCESS EXCLUSIVE.

What: ADD PRIMARY KEY USING INDEX where a column of the index is not NOT NULL and no validated CHECK proves it.

Why it matters: The form is known as the safe one, because the index is there. The key also makes its columns NOT
NULL, and that is a scan under the strongest lock.

When it is harmless: The columns are NOT NULL or proved so; then it takes a moment. Small tables.

What to do: Make the columns NOT NULL first, by way of a validated proof.

Known limits: Without a database it is reported as one on which the answer depends.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT-USING-INDEX

Given::

    create table orders (id bigint not null, number bigint);
    create unique index orders_id on orders (id);
    create unique index orders_number on orders (number);

Unsafe::

    alter table orders add primary key using index orders_number;

Unsafe (without a catalog)::

    alter table orders add constraint orders_key primary key using index orders_id;

Safe (with a catalog)::

    alter table orders add primary key using index orders_id;

Safe (with a catalog)::

    alter table orders add constraint there check (number is not null) not valid;
    alter table orders validate constraint there;
    alter table orders add primary key using index orders_number;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.not_null import key_after_not_null
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import at, work_flag
from migrations_safety.rules._locking import working
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType, ConstraintType
from probes.sql.tree.parts import Constraint


@rule(
    "Primary key over a nullable column",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ADD_CONSTRAINT:PRIMARY",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag primary keys that read the table for nulls."""
    for command, effects in working(step, AlterTableType.ADD_CONSTRAINT):
        definition = command.definition
        if isinstance(definition, Constraint) and definition.kind is ConstraintType.PRIMARY and definition.index_name:
            yield from at(
                command, work_flag(step, "columns of the key are read for nulls", effects, key_after_not_null(step))
            )
