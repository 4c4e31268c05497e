"""A foreign key is added and validated at once, which stops writes to both tables.

What: ADD FOREIGN KEY without NOT VALID. Both tables are locked in SHARE ROW EXCLUSIVE mode while every row of the one
is looked up in the other.

Why it matters: Readers pass, contrary to what many tools say, but every INSERT, UPDATE and DELETE on either table
waits; and the referenced table is often the busiest there is.

When it is harmless: The referencing table is empty, small or new. The lock on the referenced table stays, for a
moment, and has a rule of its own.

What to do: ADD ... NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own: it takes locks that let writes
pass on both sides. Up to 17 a partitioned table cannot have NOT VALID keys: give each partition its own first.

Known limits: The referenced table is counted as blocked for the whole time although its rows are found by index. A
key that NOT ENFORCED keeps asleep (18) is not validated until it is turned on, which has a rule of its own.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT
    https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK

Given::

    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint, total numeric, note text);

Unsafe::

    alter table orders add constraint placed_by foreign key (customer_id) references customers;

Unsafe::

    alter table orders add foreign key (customer_id) references customers (id) on delete cascade;

Safe::

    set lock_timeout = '2s';
    alter table orders add constraint placed_by foreign key (customer_id) references customers not valid;
    alter table orders validate constraint placed_by;

Safe::

    create table items (order_id bigint references orders);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Role
from migrations_safety.rewrites.constraints import not_valid_then_validate
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import at
from migrations_safety.rules._locking import flag_with_partners, working
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType, ConstraintType
from probes.sql.tree.parts import Constraint


@rule(
    "Foreign key added and validated at once",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ADD_CONSTRAINT:FOREIGN",),
    squawk=("adding-foreign-key-constraint",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag foreign keys that are validated while writers wait."""
    for command, effects in working(step, AlterTableType.ADD_CONSTRAINT):
        definition = command.definition
        if isinstance(definition, Constraint) and definition.kind is ConstraintType.FOREIGN:
            yield from at(
                command,
                flag_with_partners(
                    step,
                    "every row is looked up",
                    effects,
                    Role.FOREIGN_KEY_PARTNER,
                    rewrite=not_valid_then_validate(step, ConstraintType.FOREIGN),
                ),
            )
