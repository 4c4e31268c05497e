"""A database is dropped.

What: DROP DATABASE.

Why it matters: Everything in it is gone, at once and for good; no transaction can take it back.

When it is harmless: It is a scratch database of a test.

What to do: Take it out of the migration. A database is dropped by a person who has looked at its name twice.

Known limits: What is in the database is not known.

Sources: https://www.postgresql.org/docs/current/sql-dropdatabase.html

Unsafe::

    drop database shop;

Unsafe::

    drop database if exists shop;

Safe::

    drop table if exists scratch;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.administration import DropDatabase


@rule(
    "Drops a database",
    area=Area.DATA,
    severity=Severity.CRITICAL,
    triggers=("DropDatabase",),
    squawk=("ban-drop-database",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag every DROP DATABASE."""
    tree = step.tree
    if isinstance(tree, DropDatabase):
        yield Flag(message=f"database {tree.name} dropped with everything in it")
