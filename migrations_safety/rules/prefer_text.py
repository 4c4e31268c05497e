"""A new column has a length limit that nothing needs.

What: A column is declared as varchar(n).

Why it matters: The limit saves neither space nor time. Most limits are guesses, and the day a longer value arrives
the write fails in production, until a migration under ACCESS EXCLUSIVE lifts it.

When it is harmless: The limit is a rule of the business or of a protocol, and somebody would miss it.

What to do: Declare text. Where a limit is meant, a CHECK on length() carries a name that says why, and can be added
and changed NOT VALID.

Known limits: Whether the limit means something cannot be seen; that is why it is asked for in the pedantic profile
alone. With a database it is silent: schema/type_varchar_n says the same of the tables as they will be.

Sources: https://www.postgresql.org/docs/current/datatype-character.html

Unsafe (without a catalog)::

    create table shops (id bigint primary key, name varchar(255));

Safe (without a catalog)::

    create table shops (id bigint primary key, name text, city varchar);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._standing import chosen, said_by
from migrations_safety.rules._subjects import COLUMN_TRIGGERS
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.checks.schema.column_types import CHECKS
from probes.finding import Severity

_CHECK = chosen(CHECKS, "schema/type_varchar_n")


@script_rule(
    "Length limit on text",
    area=Area.DESIGN,
    severity=Severity.INFO,
    triggers=COLUMN_TRIGGERS,
    profile=Profile.PEDANTIC,
    squawk=("prefer-text-field",),
    checks=("schema/type_varchar_n",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what the check says of what the script makes."""
    yield from said_by(script, _CHECK)
