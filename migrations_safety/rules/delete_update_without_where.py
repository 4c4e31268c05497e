"""One statement deletes or changes every row of a table.

What: DELETE or UPDATE without WHERE on a table that existed before.

Why it matters: A forgotten condition is found when the data is gone; and one statement over a large table holds its
row locks, and leaves its dead rows, all at once.

When it is harmless: The table is small, or meant to be emptied.

What to do: Say the condition, and work in batches that commit.

Known limits: A condition that is true of every row is not seen through.

Sources: https://www.postgresql.org/docs/current/sql-update.html

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe::

    delete from orders;

Unsafe::

    update orders set total = 0;

Safe::

    delete from orders where id = 1;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.columns import update_in_batches
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import branch
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.data import Delete, Update


@rule(
    "Deletes or changes every row",
    area=Area.DATA,
    severity=Severity.MEDIUM,
    triggers=("Delete", "Update"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag a statement on rows that has no condition."""
    tree = step.tree
    if not isinstance(tree, Delete | Update) or tree.where or step.effects.is_refused:
        return
    targets = [lock.relation for lock in step.effects.locks if step.is_used_by_others(lock.relation)]
    if targets:
        verb = "deleted" if isinstance(tree, Delete) else "changed in one statement"
        yield Flag(
            message=f"every row of {tree.relation.name} is {verb}{branch(step)}",
            blocked=(targets[0],),
            rewrite=update_in_batches(step),
        )
