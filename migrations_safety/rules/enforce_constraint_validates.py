"""Turning a NOT ENFORCED foreign key on validates it under ACCESS EXCLUSIVE.

What: ALTER CONSTRAINT ... ENFORCED (18 and later) of a foreign key. Every row is looked up while the table is closed
to everybody and writes to the referenced table wait.

Why it matters: It replaces VALIDATE CONSTRAINT by something much stronger; for a key that was added NOT VALID the
same proof lets reads and writes pass.

When it is harmless: The tables are small or empty.

What to do: Add a second, enforced key NOT VALID, validate it in a transaction of its own, then drop the unenforced
one.

Known limits: No sequence is written.

Sources: https://www.postgresql.org/docs/18/sql-altertable.html

Given::

    create table customers (id bigint primary key);
    create table orders (customer_id bigint);
    alter table orders add constraint placed_by foreign key (customer_id) references customers not enforced;

Unsafe (18+)::

    alter table orders alter constraint placed_by enforced;

Safe (18+)::

    alter table orders alter constraint placed_by not enforced;

Safe::

    alter table orders add constraint other foreign key (customer_id) references customers not valid;
    alter table orders validate constraint other;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Role
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import at
from migrations_safety.rules._locking import flag_with_partners, working
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType


@rule(
    "Foreign key enforced and validated at once",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ALTER_CONSTRAINT",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag keys that are validated because they are turned on."""
    for command, effects in working(step, AlterTableType.ALTER_CONSTRAINT):
        yield from at(command, flag_with_partners(step, "every row is looked up", effects, Role.FOREIGN_KEY_PARTNER))
