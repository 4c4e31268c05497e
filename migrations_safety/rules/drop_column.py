"""A column is dropped that code in use may still name, and its values go with it.

What: ALTER TABLE ... DROP COLUMN of a column that stood before the script. Live queries that name it are listed where
pg_stat_statements was collected, and indexes and constraints over several columns that go along.

Why it matters: Every SELECT, INSERT or UPDATE that names the column fails from the commit on, in every process of the
old release that is still running. ORMs list all columns they know, also those that no feature uses any more. INSERT
without a column list fails too, or puts values into the wrong columns. The values cannot be had back but from a
backup.

When it is harmless: The code that runs now does not name it, which the query texts of pg_stat_statements can show.

What to do: Release code that ignores the column first (most ORMs can be told to), wait until no old process is left,
then drop it in a later deploy.

Known limits: What the application's code names is not seen. pg_stat_statements is a good witness where it is
installed, but it forgets queries that run seldom. SELECT * does not name it and is not listed.

Sources: https://www.postgresql.org/docs/current/ddl-alter.html#DDL-ALTER-REMOVING-A-COLUMN
    https://www.postgresql.org/docs/current/sql-altertable.html

Given::

    create table orders (id bigint primary key, note text, total numeric);
    create index orders_total_note on orders (total, note);
    -- query: select id, note from orders where id = $1

Unsafe::

    alter table orders drop column note;

Unsafe (with a catalog)::

    alter table orders drop column if exists note, add column remark text;

Unsafe::

    do $$ begin alter table orders drop column note; end $$;

Safe::

    alter table orders add column draft text;
    alter table orders drop column draft;

Safe::

    create table notes (id int, body text);
    alter table notes drop column body;

Unsafe (without a catalog)::

    -- file 1.sql
    create table notes (id int, body text);
    -- file 2.sql
    alter table notes drop column body;

Safe (with a catalog)::

    alter table orders drop column if exists never_there;
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from migrations_safety.effects.run import Run
from migrations_safety.effects.world import World
from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._dependents import going_along
from migrations_safety.rules._gone import Names, target, vanishing
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Evidence, Severity
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTable


@script_rule(
    "Drops a column in use",
    area=Area.COMPATIBILITY,
    severity=Severity.MEDIUM,
    triggers=("AlterTable:DROP_COLUMN",),
    squawk=("ban-drop-column",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag columns that stood before and go."""
    known = Names.of(script)
    for step in script.steps_of("AlterTable"):
        tree, relation = step.tree, target(step)
        if relation is None or not isinstance(tree, AlterTable):
            continue
        going = [
            one
            for one in tree.commands
            if one.kind is AlterTableType.DROP_COLUMN and one.name and not known.is_new_column(step, relation, one.name)
        ]
        if going:
            dropped = tuple(one.name or "" for one in going)
            noun = "column" if len(dropped) == 1 else "columns"
            along = _along(script, relation.oid, dropped)
            too = f" and {', '.join(along)}" if along else ""
            what = f"{noun} {', '.join(dropped)} of {relation.qualified_name} dropped, with all values{too}"
            more: Evidence = {"dropped_along": along} if along else {}
            flag = vanishing(step, script.look.catalog, what, relation, dropped, more, is_dropped=True)
            yield step, msgspec.structs.replace(flag, command=going[0])


def _along(script: Script, relation: int, dropped: tuple[str, ...]) -> tuple[str, ...]:
    """What goes with the columns without a word, as the database stands before the script."""
    catalog = script.look.catalog
    if catalog is None or relation <= 0:
        return ()
    run = Run(World(catalog, script.look.major))
    numbers = [column.number for name in dropped if (column := run.column(relation, name)) is not None]
    return tuple(dict.fromkeys(name for number in numbers for name in going_along(run, relation, number)))
