"""A new column is padded with blanks.

What: A column is declared as char(n) with n of two or more.

Why it matters: Shorter values are filled up with blanks, which are stored and sent, ignored by =, seen by LIKE and
lost in a cast to text: a row is found by one query and missed by the next. It is neither smaller nor faster than
text.

When it is harmless: All values have exactly that many characters, such as country codes.

What to do: Declare text, with a CHECK on length() if the length is a rule, or varchar(n).

Known limits: Whether all values fill the length only the application knows. char(1) is left alone. With a database it
is silent: schema/type_char_n says the same of the tables as they will be.

Sources: https://www.postgresql.org/docs/current/datatype-character.html
https://wiki.postgresql.org/wiki/Don%27t_Do_This

Unsafe (without a catalog)::

    create table shops (id bigint primary key, code char(8));

Safe (without a catalog)::

    create table shops (id bigint primary key, code text, flag char(1));
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

_CHECK = chosen(CHECKS, "schema/type_char_n")


@script_rule(
    "Blank-padded character column",
    area=Area.DESIGN,
    severity=Severity.LOW,
    triggers=COLUMN_TRIGGERS,
    profile=Profile.STRICT,
    squawk=("ban-char-field",),
    checks=("schema/type_char_n",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what the check says of what the script makes."""
    yield from said_by(script, _CHECK)
