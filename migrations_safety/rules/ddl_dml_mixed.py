"""Schema and data are changed in one file.

What: A file that alters, makes or drops something and also changes rows of a table that existed before.

Why it matters: The two fail in different ways and are repeated in different ways: a change of the schema is over in a
moment and wants a short lock timeout, a change of data takes long, wants batches and a pause. In one file one of them
gets the other's treatment.

When it is harmless: A few rows of a dictionary that belong to the new column.

What to do: Two migrations: the schema, then the rows.

Known limits: How many rows are touched is not known without a database.

Sources: https://www.postgresql.org/docs/current/ddl-alter.html

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe::

    alter table orders add column remark text;
    update orders set remark = 'none' where id < 100;

Safe::

    update orders set total = 0 where id = 1;

Safe::

    create table notes (id bigint primary key);
    insert into notes (id) values (1);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.data import Delete, Insert, Merge, Update
from probes.sql.tree.tables import AlterTable, CreateIndex, CreateTable, Drop, Rename


@script_rule(
    "Schema and data in one file",
    area=Area.STYLE,
    severity=Severity.INFO,
    triggers=("Insert", "Update", "Delete", "Merge"),
    profile=Profile.PEDANTIC,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag the first change of rows behind a change of the schema."""
    schema: dict[str, Step] = {}
    told: set[str] = set()
    for step in script.all_steps():
        file, tree = step.statement.file, step.tree
        if isinstance(tree, AlterTable | CreateIndex | CreateTable | Drop | Rename):
            schema.setdefault(file, step)
        elif isinstance(tree, Insert | Update | Delete | Merge) and file in schema and file not in told:
            names = {lock.relation.name for lock in step.effects.locks if step.is_used_by_others(lock.relation)}
            if tree.relation.name in names:
                told.add(file)
                line = schema[file].statement.line
                yield (
                    step,
                    Flag(
                        message=f"rows of {tree.relation.name} change in a file that changes the schema (line {line})"
                    ),
                )
