"""A new name has to be quoted wherever it is used.

What: A table or column is given a name with capitals, blanks or signs, or one that is a key word.

Why it matters: Such a name works only in double quotes. Whoever forgets them by hand, in a report or in another tool,
gets `does not exist`, or worse: `user` without quotes is a function that answers something else.

When it is harmless: An object-relational mapper made the names and is the only one to use them.

What to do: Lower case with underscores, and no key words.

Known limits: Conventions of a team beyond that (prefixes, plural) cannot be known. With a database it is silent:
schema/identifier_needs_quoting and schema/identifier_is_reserved_word say the same of the tables as they will be.

Sources: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS

Unsafe (without a catalog)::

    create table "Visits" (id bigint primary key);

Unsafe (without a catalog)::

    create table visits (id bigint primary key, "user" text);

Safe (without a catalog)::

    create table visits (id bigint primary key, user_name text);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._standing import said_by
from migrations_safety.rules._subjects import COLUMN_TRIGGERS
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.checks.schema.identifier_is_reserved_word import identifier_is_reserved_word
from probes.checks.schema.identifier_needs_quoting import identifier_needs_quoting
from probes.finding import Severity


@script_rule(
    "Name that has to be quoted",
    area=Area.DESIGN,
    severity=Severity.INFO,
    triggers=COLUMN_TRIGGERS,
    profile=Profile.PEDANTIC,
    checks=("schema/identifier_needs_quoting", "schema/identifier_is_reserved_word"),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what the check says of what the script makes."""
    yield from said_by(script, identifier_needs_quoting, identifier_is_reserved_word)
