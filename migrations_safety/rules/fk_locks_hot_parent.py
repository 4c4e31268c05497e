"""A new foreign key locks the table it references, without a lock_timeout.

What: A foreign key made by ADD CONSTRAINT, NOT VALID or not, by ADD COLUMN ... REFERENCES, or inside CREATE TABLE of
a table that is new itself. Each takes SHARE ROW EXCLUSIVE on the referenced table, to put its triggers there.

Why it matters: The lock is short but must be had: it waits for every transaction that writes to the referenced table,
and all writers that come later queue behind it. CREATE TABLE looks harmless, and references to users or accounts have
stopped whole applications.

When it is harmless: A lock_timeout is in force, so that the attempt gives up before others notice; or nobody writes
to the referenced table for long.

What to do: SET lock_timeout to a second or two, and try again when it strikes. Make the table without the key and add
the key NOT VALID in a transaction of its own, so that the lock ends with it.

Known limits: How busy the referenced table is decides the severity, and only a database can tell.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK
    https://www.postgresql.org/docs/current/explicit-locking.html

Given::

    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint, total numeric, note text);

Unsafe::

    create table items (order_id bigint references orders);

Unsafe::

    alter table orders add foreign key (customer_id) references customers not valid;

Unsafe::

    alter table orders add column buyer bigint references customers;

Safe::

    set lock_timeout = '2s';
    create table items (order_id bigint references orders);

Safe::

    create table shops (id bigint primary key);
    create table doors (shop_id bigint references shops);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Role
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import blocked_by_work
from migrations_safety.rules._locking import brief_unless_timed, partners, pointing_at_partner
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Foreign key locks the referenced table",
    area=Area.LOCKS,
    severity=Severity.MEDIUM,
    triggers=("CreateTable&+lock", "AlterTable:ADD_CONSTRAINT:FOREIGN", "AlterTable:ADD_COLUMN"),
    squawk=("adding-foreign-key-constraint",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag referenced tables that are locked for the sake of a new key."""
    if not blocked_by_work(step):  # else another rule says that it is locked as long as the work takes
        locks = partners(step, step.effects, Role.FOREIGN_KEY_PARTNER)
        flags = brief_unless_timed(step, "the foreign key locks what it references", locks)
        yield from pointing_at_partner(step, flags)
