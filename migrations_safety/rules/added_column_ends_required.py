"""A column that the script adds ends up NOT NULL without a default.

What: A later statement drops the default of a NOT NULL column that the script added, or sets NOT NULL on one without
a default.

Why it matters: The release that is running does not know the column and leaves it out: each of its INSERTs fails from
the commit on. Django writes such pairs by itself, because its defaults live in the application; adding nullable,
filling and then demanding comes to the same.

When it is harmless: The running code does not insert into the table, or old processes are stopped before the
migration.

What to do: Keep the default until the release that writes the column is everywhere, then drop it in a later deploy.
Django 5 can keep it with db_default.

Known limits: Whether the running code inserts into the table is not known.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html

Given::

    create table orders (id bigint primary key, note text, total numeric);

Unsafe::

    alter table orders add column state text not null default 'new';
    alter table orders alter column state drop default;

Unsafe::

    alter table orders add column state text;
    update orders set state = 'new';
    alter table orders alter column state set not null;

Safe::

    alter table orders add column state text;
    alter table orders alter column state set default 'new';
    alter table orders alter column state set not null;

Safe::

    alter table orders add column state text default 'new';
    alter table orders alter column state drop default;

Safe (with a catalog)::

    alter table orders alter column note drop default;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._gone import Names, target
from migrations_safety.rules._judging import branch
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable, AlterTableCommand

_KINDS = frozenset({AlterTableType.COLUMN_DEFAULT, AlterTableType.SET_NOT_NULL})


@script_rule(
    "New column that old code cannot fill",
    area=Area.COMPATIBILITY,
    severity=Severity.HIGH,
    triggers=("AlterTable:COLUMN_DEFAULT", "AlterTable:SET_NOT_NULL"),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag the statement after which a new column demands a value."""
    last: dict[tuple[str, str], tuple[Step, AlterTableCommand]] = {}
    known = Names.of(script)
    for step in script.steps_of("AlterTable"):
        tree, relation = step.tree, target(step)
        if not isinstance(tree, AlterTable) or relation is None:
            continue
        for command in tree.commands:
            name = command.name or ""
            if command.kind in _KINDS and known.is_new_column(step, relation, name):
                last[tree.relation.name, name] = step, command
    for (table, name), (step, command) in last.items():
        if isinstance(step.tree, AlterTable) and _is_required(script, step.tree, name):
            message = (
                f"column {name} of {table} is new, NOT NULL and without a default: old code cannot insert any more"
            )
            yield step, Flag(message=f"{message}{branch(step)}", command=command)


def _is_required(script: Script, tree: AlterTable, name: str) -> bool:
    relation = script.look.relation(tree.relation)
    column = script.look.column(relation, name) if relation is not None else None
    return column is not None and column.not_null and not (column.has_default or column.identity or column.generated)
