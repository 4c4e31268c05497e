"""A CHECK constraint is added and the whole table is read under ACCESS EXCLUSIVE to prove it.

What: ADD CONSTRAINT ... CHECK without NOT VALID on a table that others use, or on a partitioned table with such
partitions.

Why it matters: Neither reads nor writes pass until the last row is checked, and a single row that breaks the rule
throws the whole wait away.

When it is harmless: The table is empty, small or made by the same deploy. NOT ENFORCED (18 and later) checks nothing.

What to do: ADD CONSTRAINT ... NOT VALID, which holds for new rows at once, then VALIDATE CONSTRAINT in a transaction
of its own: that reads the table while everybody works.

Known limits: A CHECK that is true of every row is scanned for as well, as the server does.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES

Given::

    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint, total numeric, note text);

Unsafe::

    alter table orders add constraint positive check (total > 0);

Unsafe::

    alter table only orders add check (note <> ''), add column remark text;

Safe::

    alter table orders add constraint positive check (total > 0) not valid;
    alter table orders validate constraint positive;

Safe::

    create table scratch (n int);
    alter table scratch add check (n > 0);

Safe (18+)::

    alter table orders add constraint positive check (total > 0) not enforced;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.constraints import not_valid_then_validate
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import at, work_flag
from migrations_safety.rules._locking import working
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType, ConstraintType
from probes.sql.tree.parts import Constraint


@rule(
    "CHECK added and validated at once",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ADD_CONSTRAINT:CHECK",),
    squawk=("constraint-missing-not-valid",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag CHECKs that are proved while others wait."""
    for command, effects in working(step, AlterTableType.ADD_CONSTRAINT):
        definition = command.definition
        if isinstance(definition, Constraint) and definition.kind is ConstraintType.CHECK:
            yield from at(
                command,
                work_flag(step, "the table is read", effects, not_valid_then_validate(step, ConstraintType.CHECK)),
            )
