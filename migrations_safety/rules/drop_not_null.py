"""A column may be null from now on, and readers were never told.

What: ALTER COLUMN ... DROP NOT NULL on a column that stood before the script.

Why it matters: Code that was generated from the schema, or written against it, takes the column for always present:
the first null breaks it far from here. NOT IN, unique constraints and aggregates treat null in ways that surprise.

When it is harmless: Nothing writes a null before every reader is ready for one.

What to do: Release readers that bear a null first.

Known limits: What readers assume is not seen.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-NOT-NULL

Given::

    create table orders (id bigint primary key, note text not null, total numeric);

Unsafe::

    alter table orders alter column note drop not null;

Safe (with a catalog)::

    alter table orders alter column total drop not null;

Safe::

    alter table orders add column state text not null default 'x';
    alter table orders alter column state drop not null;
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
    "Lets a column be null",
    area=Area.COMPATIBILITY,
    severity=Severity.LOW,
    triggers=("AlterTable:DROP_NOT_NULL",),
    profile=Profile.STRICT,
    squawk=("ban-drop-not-null",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag columns that lose NOT NULL."""
    tree, relation = step.tree, target(step)
    if relation is None or not isinstance(tree, AlterTable):
        return
    freed = [
        one
        for one in tree.commands
        if one.kind is AlterTableType.DROP_NOT_NULL and one.name and _was_not_null(step, tree, one.name)
    ]
    if freed:
        columns = ", ".join(one.name or "" for one in freed)
        message = f"{columns} of {relation.qualified_name} may be null from now on: is every reader ready for it?"
        yield Flag(message=f"{message}{branch(step)}", command=freed[0])


def _was_not_null(step: Step, tree: AlterTable, name: str) -> bool:
    relation = step.look.relation(tree.relation)
    column = step.look.column(relation, name) if relation is not None else None
    return is_old_column(step, tree.relation, name) and (column is None or column.not_null)
