"""The rule about data that goes without a condition."""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Flag, Group, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.data import Delete, Update
from probes.sql.tree.tables import Truncate


@rule("Deletes or changes every row", Group.LOSES, Severity.MEDIUM)
def changes_every_row(step: Step) -> Iterator[Flag]:
    """DELETE or UPDATE without WHERE, or TRUNCATE, of a table that existed before.

    What: Every row of a table is deleted or changed by one statement.

    Why it matters: A forgotten condition is found when the data is gone; and one statement over a large table holds
    its row locks, and leaves its dead rows, all at once.

    When it is harmless: The table is small, or meant to be emptied.

    What to do: Say the condition, and work in batches that commit.

    Known limits: A condition that is true of every row is not seen through.

    Unsafe: delete from orders
    Unsafe: update orders set total = 0
    Unsafe: truncate orders
    Safe: delete from orders where id = 1
    """
    targets = [lock.relation for lock in step.effects.locks if not lock.relation.is_new]
    if not targets or step.effects.is_refused:
        return
    match step.statement.tree:
        case Delete() as tree if not tree.where:
            message = f"every row of {tree.relation.name} is deleted"
        case Update() as tree if not tree.where:
            message = f"every row of {tree.relation.name} is changed in one statement"
        case Truncate():
            message = f"every row of {targets[0].qualified_name} is removed"
        case _:
            return
    yield Flag(message=message, blocked=(targets[0],))
