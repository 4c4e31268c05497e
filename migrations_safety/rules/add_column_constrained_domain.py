"""A column of a domain with constraints is added, so every row is written anew.

What: ADD COLUMN whose type is a domain with a CHECK or NOT NULL, even with no default at all.

Why it matters: The server does not ask whether a null satisfies the domain, or whether one test would do for all
rows: it writes the table and its indexes anew under ACCESS EXCLUSIVE. Nothing in the statement's text tells a domain
from an ordinary type.

When it is harmless: The table is empty or small, or the domain has no constraint.

What to do: Add the column with the domain's base type and the same CHECK as NOT VALID, validate it, and leave it at
that; changing the type to the domain afterwards would write the table anew after all.

Known limits: Without a database a type that is not built in is reported as one on which the answer depends. The plain
base type is never mistaken for a domain.

Sources: https://www.postgresql.org/docs/current/sql-createdomain.html
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES

Given::

    create domain positive as int check (value > 0);
    create domain label as text;
    create table customers (id bigint primary key);
    create table orders (id bigint primary key, total numeric, note text);

Unsafe::

    alter table orders add column pieces positive;

Unsafe (without a catalog)::

    alter table orders add column address postal_address;

Safe (with a catalog)::

    alter table orders add column tag label;

Safe::

    alter table orders add column pieces int;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.near import domain_as_check
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._added_columns import Cause, added_because_of
from migrations_safety.rules._judging import at, work_flag
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Column of a constrained domain added",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ADD_COLUMN",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag columns whose domain makes the table be written anew."""
    for added in added_because_of(step, Cause.DOMAIN):
        flags = work_flag(step, "every row is written anew", added.effects, domain_as_check(step))
        yield from at(added.command, flags)
