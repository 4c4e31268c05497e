"""Several pending files lock the same table one after the other.

What: Three or more files of one deploy each take a lock on the same table that stops reads or writes.

Why it matters: Each wait is short and none of them stands out in review, but the table pays for all of them within
minutes, and a lock_timeout that strikes in the third file leaves a deploy half way.

When it is harmless: The table is quiet, or the files are deployed on different days.

What to do: Bring the changes of the table into one file and as few statements as possible, or spread the files over
several deploys.

Known limits: All files given are taken for one deploy.

Sources: https://www.postgresql.org/docs/current/explicit-locking.html

Given::

    create table orders (id bigint primary key, customer_id bigint, note text);
    create table items (id bigint primary key, note text);

Unsafe::

    alter table orders add column a int;
    -- file b.sql
    alter table orders add column b int;
    -- file c.sql
    drop index if exists orders_note;
    alter table orders drop column note;

Safe::

    alter table orders add column a int;
    -- file b.sql
    alter table items add column b int;
    -- file c.sql
    alter table orders add column c int;

Safe::

    alter table orders add column a int, add column b int, add column c int;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import RelationRef, Role
from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._judging import blocking
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity

_FILES = 3


@script_rule(
    "Many files lock one table",
    area=Area.LOCKS,
    severity=Severity.LOW,
    triggers=("+lock",),
    profile=Profile.STRICT,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag the file with which it becomes too many."""
    files: dict[str, list[str]] = {}
    for step in script.all_steps():
        if step.effects.is_refused:
            continue
        for relation in _tables(step):
            seen = files.setdefault(relation.qualified_name, [])
            if len(seen) == _FILES or step.statement.file in seen:
                continue
            seen.append(step.statement.file)
            if len(seen) == _FILES:
                others = " and ".join(seen[:-1])
                message = f"{relation.qualified_name} is locked by a third file of the deploy, after {others}"
                yield step, Flag(message=message, blocked=(relation,))


def _tables(step: Step) -> list[RelationRef]:
    found = [lock.relation for lock in blocking(step) if lock.role is not Role.INDEX and not lock.relation.is_described]
    return list(dict.fromkeys(found))
