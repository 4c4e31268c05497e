"""The planner is left without statistics.

What: ALTER COLUMN TYPE, or an index on an expression, on a table that existed before, and no ANALYZE of it behind
that in the file.

Why it matters: A change of type throws the statistics of the column away, also where nothing is rewritten; an
expression has none until the table is analyzed. Until autovacuum comes round, which may take hours on a large table
that changes little, the planner guesses, and the first plans after the deploy are its worst.

When it is harmless: No query filters, joins or sorts by the column or expression; or the table is small.

What to do: ANALYZE the table, or its column, right behind. It reads a sample and blocks nobody.

Known limits: An ANALYZE in a later file counts only where it names the table in this one.

Sources: https://www.postgresql.org/docs/current/sql-analyze.html
https://www.postgresql.org/docs/current/planner-stats.html

Given::

    create table orders (id bigint primary key, note varchar(100));

Unsafe::

    alter table orders alter column note type varchar(200);

Unsafe::

    create index concurrently orders_note on orders (lower(note));

Safe::

    alter table orders alter column note type varchar(200);
    analyze orders (note);

Safe::

    create index concurrently orders_note on orders (note);

Safe::

    create table notes (id bigint primary key, note text);
    create index notes_lower on notes (lower(note));
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable, CreateIndex
from probes.sql.tree.utility import Vacuum


def _changed(step: Step) -> tuple[str, str] | None:
    """The table, and what has no statistics any more."""
    match step.tree:
        case AlterTable() as tree:
            names = [one.name for one in tree.commands if one.kind is AlterTableType.ALTER_COLUMN_TYPE and one.name]
            return (tree.relation.name, f"column {', '.join(names)}") if names else None
        case CreateIndex() as tree if any(one.expression for one in tree.elements):
            return tree.relation.name, "the indexed expression"
        case _:
            return None


def _analyzes(step: Step, table: str) -> bool:
    tree = step.tree
    if not isinstance(tree, Vacuum) or (tree.is_vacuum and not any(one.name == "analyze" for one in tree.options)):
        return False
    names = [one.relation.name for one in tree.relations if one.relation is not None]
    return not names or table in names


@script_rule(
    "Statistics missing afterwards",
    area=Area.STYLE,
    severity=Severity.LOW,
    triggers=("AlterTable:ALTER_COLUMN_TYPE", "CreateIndex"),
    profile=Profile.STRICT,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag changes that leave the planner guessing."""
    for step in script.steps_of("AlterTable", "CreateIndex"):
        found = _changed(step)
        if found is None or step.effects.is_refused:
            continue
        table, what = found
        refs = [lock.relation for lock in step.effects.locks if lock.relation.name == table]
        if not any(step.is_used_by_others(ref) and not script.look.is_empty(ref) for ref in refs):
            continue
        if not any(_analyzes(other, table) for other in script.later_in_file(step)):
            yield step, Flag(message=f"{what} of {table} has no statistics until somebody runs ANALYZE")
