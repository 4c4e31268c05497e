"""The file cannot be run a second time where it stopped.

What: A statement that commits by itself, with others behind it in the file, makes or drops something without IF NOT
EXISTS, IF EXISTS or OR REPLACE; or CREATE INDEX CONCURRENTLY has no DROP INDEX CONCURRENTLY IF EXISTS in front of it.

Why it matters: When a later statement fails, by a lock timeout for instance, what ran before it stays. The next
attempt begins at the top and stops at the first object that is there already, so that somebody has to take the file
apart by hand, in production. An index that failed to build stays as well, invalid, under its name.

When it is harmless: Whoever runs the file is sure to look, and to finish it by hand.

What to do: Put what can be in one transaction into one; say IF [NOT] EXISTS elsewhere; drop the remains of an index
before building it.

Known limits: IF NOT EXISTS only looks at the name: what stands there may be something else. ADD CONSTRAINT has no IF
NOT EXISTS; DROP CONSTRAINT IF EXISTS in front of it does the same.

Sources: https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
https://www.postgresql.org/docs/current/sql-altertable.html

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe::

    create table notes (id bigint primary key);
    create table readers (id bigint primary key);

Unsafe::

    alter table orders add column remark text;
    alter table orders add column reader bigint;

Unsafe::

    create index concurrently orders_total_idx on orders (total);

Safe::

    create table if not exists notes (id bigint primary key);
    alter table orders add column if not exists remark text;
    create or replace view remarks as select 1 as one;
    drop table if exists nothing;

Safe::

    begin;
    create table notes (id bigint primary key);
    create table readers (id bigint primary key);
    commit;

Safe::

    drop index concurrently if exists orders_total_idx;
    create index concurrently orders_total_idx on orders (total);

Safe::

    create table notes (id bigint primary key);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._repeating import Repeating
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.tables import CreateIndex


@script_rule(
    "Cannot be run again where it stopped",
    area=Area.STYLE,
    severity=Severity.LOW,
    triggers=(
        *("CreateTable", "CreateIndex", "CreateSequence", "CreateSchema", "CreateExtension", "CreateView", "Drop"),
        *("AlterEnum", "AlterTable:ADD_COLUMN", "AlterTable:DROP_COLUMN"),
        *("AlterTable:ADD_CONSTRAINT", "AlterTable:DROP_CONSTRAINT"),
    ),
    profile=Profile.STRICT,
    squawk=("prefer-robust-stmts",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what a second run would stumble over."""
    last_of_file = {step.statement.file: step for step in script.steps}
    followed: dict[str, Repeating] = {}
    for step in script.steps:
        file, tree = step.statement.file, step.tree
        so_far = followed.setdefault(file, Repeating())
        if not step.in_block:
            if isinstance(tree, CreateIndex) and tree.concurrent:
                if not tree.if_not_exists and not so_far.is_cleared(tree):
                    yield step, Flag(message="a build that fails leaves an invalid index in the way of the next try")
            elif last_of_file[file] is not step and (failing := so_far.failing(tree, step.statement.sql)):
                what, command = failing
                message = f"if a later statement fails, {what} fails at the next try: it is done already"
                yield step, Flag(message=message, command=command)
        so_far.follow(tree)
