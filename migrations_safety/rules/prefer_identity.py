"""A new column is a serial where an identity column would do.

What: A column is declared as serial, bigserial or smallserial.

Why it matters: serial is a default and a sequence that are only loosely tied: grants on the sequence are given
separately and forgotten, any INSERT may overwrite the number and collide later, and dumps, copies by LIKE and type
changes treat the two halves differently.

When it is harmless: The table must also live in databases that know no identity columns.

What to do: bigint GENERATED ALWAYS AS IDENTITY (or BY DEFAULT where old numbers are loaded). It is the standard's
spelling and exists since PostgreSQL 10.

Known limits: Defaults of nextval() written out by hand are seen only where the sequence is owned by the column.

Sources: https://www.postgresql.org/docs/current/ddl-identity-columns.html

Unsafe::

    create table shops (id bigserial primary key);

Safe::

    create table shops (id bigint generated always as identity primary key);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._standing import said_by
from migrations_safety.rules._subjects import COLUMN_TRIGGERS
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.checks.schema.serial_columns import CHECKS
from probes.finding import Severity


@script_rule(
    "serial where identity would do",
    area=Area.DESIGN,
    severity=Severity.INFO,
    triggers=COLUMN_TRIGGERS,
    profile=Profile.PEDANTIC,
    squawk=("prefer-identity",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what the check says of what the script makes."""
    yield from said_by(script, *CHECKS)
