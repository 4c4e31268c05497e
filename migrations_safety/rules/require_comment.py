"""A new table says nowhere what it holds.

What: A table is made, and when the script ends it has no comment.

Why it matters: A comment travels with the table: into dumps, into the tools of analysts, to whoever is on call. It is
the one documentation that is found where the question comes up.

When it is harmless: The name says it, or the documentation is generated from another place.

What to do: COMMENT ON TABLE, a sentence: what one row is, and who writes it.

Known limits: Whether a comment says something is not judged. Columns are left to the scan. With a database it is
silent: schema/missing_table_comment says the same of the tables as they will be.

Sources: https://www.postgresql.org/docs/current/sql-comment.html

Unsafe (without a catalog)::

    create table visits (id bigint primary key);

Safe (without a catalog)::

    create table visits (id bigint primary key);
    comment on table visits is 'One row for each page a reader opened; written by the web server';
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._standing import chosen, said_by
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.checks.schema.table_shape import CHECKS
from probes.finding import Severity

_CHECK = chosen(CHECKS, "schema/missing_table_comment")


@script_rule(
    "Table without a comment",
    area=Area.DESIGN,
    severity=Severity.INFO,
    triggers=("CreateTable",),
    profile=Profile.PEDANTIC,
    checks=("schema/missing_table_comment",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what the check says of what the script makes."""
    yield from said_by(script, _CHECK)
