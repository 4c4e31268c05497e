"""A new index does what another one does already.

What: An index is made that equals another one, or whose columns are the beginning of another's.

Why it matters: Each index is written by every INSERT and by most UPDATEs, kept in memory and vacuumed. One that
answers no query that another cannot answer is pure cost, and often comes from a UNIQUE constraint that has its own
index beside it.

When it is harmless: The shorter one is much smaller and read very often.

What to do: Leave the shorter one out, or the one that the constraint makes superfluous.

Known limits: Without a database only indexes that the script makes are compared.

Sources: https://www.postgresql.org/docs/current/indexes-multicolumn.html

Unsafe::

    create table users (id bigint primary key, email text unique);
    create index users_email_idx on users (email);

Unsafe::

    create table users (id bigint primary key, city text, street text);
    create index on users (city, street);
    create index on users (city);

Safe::

    create table users (id bigint primary key, city text, street text);
    create index on users (city, street);
    create index on users (street);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._standing import said_by
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.checks.indexes.duplicate import duplicate
from probes.checks.indexes.redundant_prefix import redundant_prefix
from probes.finding import Severity


@script_rule(
    "Index that another one makes superfluous",
    area=Area.DESIGN,
    severity=Severity.LOW,
    triggers=("CreateIndex", "CreateTable", "AlterTable:ADD_CONSTRAINT:UNIQUE", "AlterTable:ADD_CONSTRAINT:PRIMARY"),
    profile=Profile.STRICT,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what the check says of what the script makes."""
    yield from said_by(script, duplicate, redundant_prefix)
