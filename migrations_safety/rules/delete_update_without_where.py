"""One statement deletes or overwrites every row of a table.

What: DELETE or UPDATE without WHERE, or with a condition that is true of every row, on a table that stood before the
script. An UPDATE of nothing but columns that the script adds loses nothing and is left out.

Why it matters: A forgotten condition is found when the data is gone. Even when it is meant, one statement over a
large table holds the locks of all rows to its end and leaves all their old versions behind.

When it is harmless: The table is small, or meant to be emptied.

What to do: Say the condition. Where every row is meant, work in batches that commit; to empty a table, TRUNCATE says
so.

Known limits: A condition that happens to be true of every row there is cannot be seen.

Sources: https://www.postgresql.org/docs/current/sql-delete.html
    https://www.postgresql.org/docs/current/sql-update.html

Given::

    create table orders (id bigint primary key, note text, total numeric);

Unsafe::

    delete from orders;

Unsafe::

    update orders set total = 0;

Unsafe::

    delete from orders where 1 = 1;

Unsafe::

    update orders set note = '' where true;

Safe::

    delete from orders where id = 1;

Safe::

    alter table orders add column state text;
    update orders set state = 'new';

Safe::

    create temporary table t as select 1 as a;
    delete from t;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rewrites.columns import in_batches
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._gone import is_old_column, targets
from migrations_safety.rules._judging import branch
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.expressions.build import from_source
from probes.sql.expressions.truth import truth
from probes.sql.tree.data import Delete, Update

_COLUMN = b'"ColumnRef"'


@rule(
    "Deletes or overwrites every row",
    area=Area.DATA,
    severity=Severity.MEDIUM,
    triggers=("Delete", "Update"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag a statement on rows that spares none."""
    tree = step.tree
    if not isinstance(tree, Delete | Update) or step.effects.is_refused or not _is_of_all(tree):
        return
    relation = next((one for one in targets(step) if one.name == tree.relation.name), None)
    if relation is None or step.look.is_empty(relation):
        return
    if isinstance(tree, Delete):
        verb = "deleted"
    else:
        columns = [one.name for one in tree.targets if one.name and is_old_column(step, tree.relation, one.name)]
        if not columns:
            return
        verb = f"overwritten ({', '.join(dict.fromkeys(columns))})"
    yield Flag(
        message=f"every row of {relation.qualified_name} is {verb}{branch(step)}",
        blocked=(relation,),
        rewrite=in_batches(step),
    )


def _is_of_all(tree: Delete | Update) -> bool:
    """Whether there is no condition, or one that names no column and is true."""
    if not tree.where:
        return True
    return _COLUMN not in bytes(tree.where) and truth(from_source(tree.where)).always_true
