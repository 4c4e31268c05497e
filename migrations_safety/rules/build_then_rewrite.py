"""An index is built, and a later statement of the same deploy builds it again or throws it away.

What: CREATE INDEX, UNIQUE or PRIMARY KEY on a table in use, followed by a statement that writes that table anew (a
type change, SET LOGGED, VACUUM FULL), or that drops the table or the index.

Why it matters: The longest work of the deploy is done twice, or for nothing. It happens when migrations that were
written weeks apart are deployed together.

When it is harmless: The table is small, or the index is needed in between.

What to do: Write the table anew first and build the index last; leave out what a later file drops.

Known limits: All files given are taken for one deploy.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES

Given::

    create table orders (id bigint primary key, customer_id bigint, note text);
    create table items (id bigint primary key, note text);

Unsafe::

    create index concurrently orders_note on orders (note);
    -- file b.sql
    alter table orders set unlogged;

Unsafe::

    create index concurrently orders_note on orders (note);
    drop index concurrently orders_note;

Unsafe::

    create index concurrently orders_note on orders (note);
    -- file b.sql
    drop table orders;

Safe::

    alter table orders set unlogged;
    create index concurrently orders_note on orders (note);

Safe::

    create table fresh (n int);
    create index fresh_n on fresh (n);
    drop table fresh;

Safe::

    create index concurrently orders_note on orders (note);
    alter table items set unlogged;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Role
from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.locks import LockMode
from probes.finding import Severity
from probes.sql.tree.enums import ObjectType
from probes.sql.tree.tables import Drop


@script_rule(
    "Index built for nothing",
    area=Area.LOCKS,
    severity=Severity.LOW,
    triggers=("CreateIndex", "AlterTable:ADD_CONSTRAINT:UNIQUE", "AlterTable:ADD_CONSTRAINT:PRIMARY"),
    profile=Profile.STRICT,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what makes an earlier build vain."""
    built: dict[str, tuple[str, Step]] = {}
    by_table: dict[str, set[str]] = {}
    for step in script.steps:
        if step.effects.is_refused:
            continue
        for index, what in _undone(step, built, by_table):
            _, builder = built.pop(index)
            where = f"line {builder.statement.line} of {builder.statement.file}"
            yield step, Flag(message=f"{what} index {index}, which {where} has only just built")
        for index, (table, builder) in _builds(step).items():
            built[index] = table, builder
            by_table.setdefault(table, set()).add(index)


def _builds(step: Step) -> dict[str, tuple[str, Step]]:
    if step.effects.rewrites:
        return {}
    tables = [
        lock.relation.qualified_name
        for lock in step.effects.locks
        if lock.role is Role.TARGET and step.is_used_by_others(lock.relation)
    ]
    return {work.relation.qualified_name: (tables[0], step) for work in step.effects.index_builds} if tables else {}


def _undone(step: Step, built: dict[str, tuple[str, Step]], by_table: dict[str, set[str]]) -> list[tuple[str, str]]:
    """The indexes that a statement writes anew or drops, and in words which of the two."""
    found: dict[str, str] = {}
    if isinstance(step.tree, Drop):
        is_table = step.tree.object_type is ObjectType.TABLE
        for lock in step.effects.locks:
            name = lock.relation.qualified_name
            of_table = by_table.get(name, set()) if is_table and lock.role is Role.TARGET else set[str]()
            gone = {name} if lock.mode is LockMode.ACCESS_EXCLUSIVE else set[str]()
            found |= dict.fromkeys(of_table | gone, "it drops")
    for work in step.effects.rewrites:
        table = work.relation.qualified_name
        if not work.is_empty:
            found |= dict.fromkeys(by_table.get(table, ()), f"it writes {table} anew and with it")
    return [(index, found[index]) for index in sorted(found) if index in built]
