"""A value of an enum gets another spelling while code in use writes the old one.

What: ALTER TYPE ... RENAME VALUE on a type that stood before the script.

Why it matters: Stored rows show the new spelling at once. Code that compares with the old one, or writes it, fails
with error 22P02, and constants in functions and in the application are not found by any dependency.

When it is harmless: The value is new enough that no code writes it.

What to do: Add the new value beside the old one, move the code over, UPDATE the rows in batches, and leave the old
value unused: an enum cannot lose one.

Known limits: Where the value is written is not looked up.

Sources: https://www.postgresql.org/docs/current/sql-altertype.html

Given::

    create type mood as enum ('ok', 'sad');
    create table people (id bigint primary key, mood mood);

Unsafe::

    alter type mood rename value 'sad' to 'unhappy';

Safe::

    create type pace as enum ('slo');
    alter type pace rename value 'slo' to 'slow';

Safe::

    alter type mood add value 'glad';
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.types import type_named
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import branch
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.objects import AlterEnum


@rule(
    "Renames an enum value in use",
    area=Area.COMPATIBILITY,
    severity=Severity.HIGH,
    triggers=("AlterEnum",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag enum values whose spelling changes."""
    tree = step.tree
    if not isinstance(tree, AlterEnum) or tree.old_value is None or step.effects.is_refused:
        return
    row = type_named(step.look.run, tree.name)
    if row is None or row.oid > 0:
        message = (
            "a value of the enum is spelt otherwise from here on: code that writes or compares the old spelling fails"
        )
        yield Flag(message=f"{message}{branch(step)}")
