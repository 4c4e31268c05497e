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
    for step in script.steps:
        if step.effects.is_refused:
            continue
        undoes = step.effects.rewrites or isinstance(step.tree, Drop)
        for index, (table, builder) in list(built.items()) if undoes else ():
            what = _undoes(step, index, table)
            if what:
                del built[index]
                where = f"line {builder.statement.line} of {builder.statement.file}"
                yield step, Flag(message=f"{what} index {index}, which {where} has only just built")
        built.update(_builds(step))


def _builds(step: Step) -> dict[str, tuple[str, Step]]:
    if step.effects.rewrites:
        return {}
    tables = [
        lock.relation.qualified_name
        for lock in step.effects.locks
        if lock.role is Role.TARGET and step.is_used_by_others(lock.relation)
    ]
    return {work.relation.qualified_name: (tables[0], step) for work in step.effects.index_builds} if tables else {}


def _undoes(step: Step, index: str, table: str) -> str | None:
    if any(work.relation.qualified_name == table and not work.is_empty for work in step.effects.rewrites):
        return f"it writes {table} anew and with it"
    if isinstance(step.tree, Drop):
        gone = {lock.relation.qualified_name for lock in step.effects.locks if lock.mode is LockMode.ACCESS_EXCLUSIVE}
        targets = {
            lock.relation.qualified_name
            for lock in step.effects.locks
            if lock.role is Role.TARGET and step.tree.object_type is ObjectType.TABLE
        }
        if index in gone or table in targets:
            return "it drops"
    return None
