"""A list of values becomes a type.

What: CREATE TYPE ... AS ENUM.

Why it matters: Values can be added and renamed, but never removed or reordered short of a new type and a rewrite of
every column of it. A value that was added cannot be used in the transaction that added it. Most lists of an
application lose members sooner or later.

When it is harmless: The list is closed by nature, such as days of the week, or speed and four bytes a value matter
more than change.

What to do: A small table and a foreign key, where values carry attributes or come and go; text with a CHECK that is
exchanged NOT VALID, where they do not.

Known limits: How long the list will live nobody can see from here.

Sources: https://www.postgresql.org/docs/current/datatype-enum.html

Unsafe::

    create type mood as enum ('sad', 'glad');

Safe::

    create table moods (name text primary key);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.objects import CreateEnum


@rule(
    "Enum for a list that may change",
    area=Area.DESIGN,
    severity=Severity.INFO,
    triggers=("CreateEnum",),
    profile=Profile.PEDANTIC,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag new enums."""
    if isinstance(step.tree, CreateEnum):
        name = ".".join(step.tree.name)
        yield Flag(message=f"values of the enum {name} can be added, never removed: a table or a CHECK can be changed")
