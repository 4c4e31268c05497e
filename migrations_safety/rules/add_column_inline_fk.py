"""A column is added with a default and a foreign key, and every row is looked up while both tables are locked.

What: ADD COLUMN ... DEFAULT ... REFERENCES. The default fills every row, so the key has rows to validate: ACCESS
EXCLUSIVE on the table, SHARE ROW EXCLUSIVE on the one it references, until all are looked up.

Why it matters: Reads and writes of the table wait, and so do writes of the referenced one, which is usually the
busier of the two.

When it is harmless: The tables are small. Without a default every new value is null, nothing is looked up, and only
the locks count (another rule looks after those).

What to do: Add the column with its default, then the foreign key NOT VALID, then VALIDATE CONSTRAINT in a transaction
of its own.

Known limits: The referenced table is counted as blocked for the whole time although its rows are found by index.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-ADD-TABLE-CONSTRAINT
    https://www.postgresql.org/docs/current/explicit-locking.html

Given::

    create domain positive as int check (value > 0);
    create domain label as text;
    create table customers (id bigint primary key);
    create table orders (id bigint primary key, total numeric, note text);

Unsafe::

    alter table orders add column customer bigint default 1 references customers;

Safe::

    set lock_timeout = '2s';
    alter table orders add column customer bigint references customers;

Safe::

    alter table orders add column customer bigint default 1, add foreign key (customer) references customers not valid;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Role
from migrations_safety.rewrites.columns import constraint_after_column
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._added_columns import Cause, added_because_of
from migrations_safety.rules._judging import at
from migrations_safety.rules._locking import flag_with_partners
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Column added with a default and a foreign key",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ADD_COLUMN",),
    squawk=("adding-foreign-key-constraint",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag columns whose foreign key is validated at once."""
    for added in added_because_of(step, Cause.FOREIGN_KEY):
        yield from at(
            added.command,
            flag_with_partners(
                step,
                f"every row is looked up for the new column {added.column.name}",
                added.effects,
                Role.FOREIGN_KEY_PARTNER,
                rewrite=constraint_after_column(step),
            ),
        )
