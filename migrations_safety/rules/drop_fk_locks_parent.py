"""Dropping a foreign key locks the table it references as well, against reads and writes.

What: DROP CONSTRAINT of a foreign key, DROP COLUMN of a column with one, or DROP TABLE of a table with one. The
triggers of the key live on both sides, so ACCESS EXCLUSIVE is taken on the referenced table too.

Why it matters: Nobody expects DROP TABLE of a dead table to touch a living one. The request waits for every
transaction on the referenced table, and everything behind it waits too; outages of many minutes have come from this.

When it is harmless: A lock_timeout is in force, or nobody uses the referenced table for long.

What to do: Drop each foreign key alone, under a lock_timeout, trying again when it strikes; the table or column
afterwards touches nobody else.

Known limits: Which keys there are is known from the catalog or from the script only.

Sources: https://www.postgresql.org/docs/current/explicit-locking.html
    https://github.com/ankane/strong_migrations/issues/119

Given::

    create table customers (id bigint primary key);
    create table orders (id bigint, customer_id bigint constraint placed_by references customers, note text);

Unsafe (with a catalog)::

    alter table orders drop constraint placed_by;

Unsafe (with a catalog)::

    alter table orders drop column customer_id;

Unsafe (with a catalog)::

    drop table orders;

Safe::

    set lock_timeout = '2s';
    alter table orders drop constraint placed_by;

Safe::

    alter table orders drop column note;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Role
from migrations_safety.rewrites.foreign_keys import drop_keys_first
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._locking import brief_unless_timed, partners, pointing_at_partner
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Dropped foreign key locks the referenced table",
    area=Area.LOCKS,
    severity=Severity.MEDIUM,
    triggers=("AlterTable:DROP_CONSTRAINT", "AlterTable:DROP_COLUMN", "Drop:TABLE"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag tables that are locked because a key to them goes."""
    locks = [lock for lock in partners(step, step.effects, Role.FOREIGN_KEY_PARTNER) if lock.mode.blocks_reads]
    if locks:
        what = "the foreign key that goes has triggers on what it references"
        flags = brief_unless_timed(step, what, locks, drop_keys_first(step))
        yield from pointing_at_partner(step, flags)
