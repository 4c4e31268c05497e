"""A table is emptied.

What: TRUNCATE of a table that stood before the script. What CASCADE takes along beyond the tables named is judged by
another rule.

Why it matters: The rows are gone for everybody at once: TRUNCATE leaves no old versions that a running query could
still see, and no DELETE trigger runs.

When it is harmless: The table holds what can be computed again, or is known to be empty.

What to do: Say in the migration where the rows can be had again. To start a table afresh beside its users, fill a new
one and swap the names.

Known limits: What the rows are worth is not known.

Sources: https://www.postgresql.org/docs/current/sql-truncate.html

Given::

    create table orders (id bigint primary key, note text, total numeric);

Unsafe::

    truncate orders;

Safe::

    create table t (id int);
    truncate t;

Safe::

    delete from orders where id < 10;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._gone import targets
from migrations_safety.rules._judging import branch, names
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.tables import Truncate


@rule(
    "Empties a table",
    area=Area.DATA,
    severity=Severity.MEDIUM,
    triggers=("Truncate",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag tables in use that are emptied by name."""
    tree = step.tree
    if not isinstance(tree, Truncate):
        return
    wanted = {one.name for one in tree.relations}
    found = [one for one in targets(step) if one.name in wanted and not step.look.is_empty(one)]
    if found:
        yield Flag(message=f"every row of {names(found)} is removed{branch(step)}")
