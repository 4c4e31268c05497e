"""A default changes under code that may have read the old one.

What: ALTER COLUMN ... SET DEFAULT on a column that stood before the script.

Why it matters: Object mappers that read defaults when they start go on writing the old one until they are restarted;
others leave the column out and get the new one. For a while the same action stores two values. Rows that are there
keep what they have.

When it is harmless: No mapper caches defaults, or both values are right.

What to do: Release code that writes the value itself, then change the default.

Known limits: Which mapper is in use is not known.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html

Given::

    create table orders (id bigint primary key, note text, total numeric);

Unsafe::

    alter table orders alter column total set default 0;

Safe::

    alter table orders add column state text;
    alter table orders alter column state set default 'new';

Safe::

    alter table orders alter column total drop default;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.rules._gone import is_old_column, target
from migrations_safety.rules._judging import branch
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable


@rule(
    "Changes the default of a column in use",
    area=Area.COMPATIBILITY,
    severity=Severity.INFO,
    triggers=("AlterTable:COLUMN_DEFAULT",),
    profile=Profile.PEDANTIC,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag new defaults of old columns."""
    tree, relation = step.tree, target(step)
    if relation is None or not isinstance(tree, AlterTable):
        return
    changed = [
        one
        for one in tree.commands
        if one.kind is AlterTableType.COLUMN_DEFAULT
        and one.expression
        and one.name
        and is_old_column(step, tree.relation, one.name)
    ]
    if changed:
        columns = ", ".join(one.name or "" for one in changed)
        message = f"code that holds the old default of {columns} goes on writing it for a while"
        yield Flag(message=f"{message}{branch(step)}", command=changed[0])
