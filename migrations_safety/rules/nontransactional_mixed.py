"""A file mixes statements that cannot be in a transaction with others.

What: A statement that refuses transaction blocks (such as CREATE INDEX CONCURRENTLY) shares a file with statements
that could have been in one.

Why it matters: Nothing holds such a file together. If the third statement fails, the first two stay, the tool calls
the whole file failed, and running it again stumbles over what is there.

When it is harmless: Every statement of the file can be run twice (IF NOT EXISTS and the like).

What to do: One file for the statement that must stand alone, another for the rest. SET, SELECT and statements with IF
[NOT] EXISTS may stay.

Known limits: Whether a statement of rows can be run twice is not judged: it counts as one that cannot.

Sources: https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe::

    alter table orders add column remark text;
    create index concurrently on orders (remark);

Safe::

    set lock_timeout = 0;
    create index concurrently on orders (total);

Safe::

    create table if not exists notes (id int);
    create index concurrently on orders (total);

Safe::

    -- file a.sql
    alter table orders add column remark text;
    -- file b.sql
    create index concurrently on orders (remark);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.data import Select
from probes.sql.tree.utility import Set, Show, Transaction

_NEUTRAL = (Select, Set, Show, Transaction)
_SHOWN = 10


@script_rule(
    "Transactional and other statements in one file",
    area=Area.TRANSACTIONS,
    severity=Severity.LOW,
    triggers=("+waits", "Vacuum", "AlterSystem"),
    profile=Profile.STRICT,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag the first statement of a file that must stand alone and does not."""
    files: dict[str, list[Step]] = {}
    for step in script.steps:
        if not step.effects.is_refused and not isinstance(step.tree, _NEUTRAL):
            files.setdefault(step.statement.file, []).append(step)
    for steps in files.values():
        alone = next((step for step in steps if step.effects.requires_no_transaction and not step.in_block), None)
        others = [step for step in steps if not step.effects.requires_no_transaction and not _can_run_twice(step)]
        if alone is not None and others:
            lines = tuple(str(step.statement.line) for step in others[:_SHOWN])
            message = "it shares no transaction with the other statements of the file: a failure leaves half of them"
            yield alone, Flag(message=message, evidence={"lines": lines})


def _can_run_twice(step: Step) -> bool:
    tree = step.tree
    return any(getattr(tree, name, False) for name in ("if_not_exists", "missing_ok", "replace"))
