"""TRUNCATE empties tables that it does not name.

What: TRUNCATE ... CASCADE where other tables have foreign keys to the tables named, directly or further on. They are
listed.

Why it matters: The whole graph of referencing tables is emptied, whatever their ON DELETE action says: RESTRICT does
not stop it.

When it is harmless: No table references the ones named; then CASCADE is not needed either.

What to do: Name every table that is meant. Without CASCADE the server refuses when one is missing, and that is the
protection.

Known limits: Without a catalog the tables cannot be listed.

Sources: https://www.postgresql.org/docs/current/sql-truncate.html

Given::

    create table orders (id bigint primary key, note text, total numeric);
    create table lines (order_id bigint references orders, item text);
    create table notes (id int);

Unsafe::

    truncate orders cascade;

Safe::

    truncate orders, lines;

Safe (with a catalog)::

    truncate notes cascade;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Role
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import branch, names
from migrations_safety.timeline import Step
from probes.catalog.locks import LockMode
from probes.finding import Severity
from probes.sql.tree.tables import Truncate

_MODE = LockMode.ACCESS_EXCLUSIVE
_LISTED = 50


@rule(
    "Empties tables that it does not name",
    area=Area.DATA,
    severity=Severity.HIGH,
    triggers=("Truncate",),
    squawk=("ban-truncate-cascade",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag tables that CASCADE empties."""
    tree = step.tree
    if not isinstance(tree, Truncate) or not tree.cascade or step.effects.is_refused:
        return
    wanted = {one.name for one in tree.relations}
    used = [
        lock.relation
        for lock in step.effects.locks
        if lock.mode is _MODE and lock.role is not Role.INDEX and step.is_used_by_others(lock.relation)
    ]
    others = [one for one in used if one.name not in wanted and not (one.is_described or step.look.is_empty(one))]
    if others:
        listed = tuple(one.qualified_name for one in others[:_LISTED])
        message = f"every row of {names(others)} goes too, by foreign keys to what is named{branch(step)}"
        yield Flag(message=message, evidence={"tables": listed})
    elif used and not step.has_catalog:
        yield Flag(message=f"every row of the tables that reference {names(used)} goes too{branch(step)}")
