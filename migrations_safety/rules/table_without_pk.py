"""A new table has no primary key.

What: A table is made, and when the script ends it has no primary key.

Why it matters: Equal rows cannot be told apart: one of two duplicates cannot be deleted by a condition, logical
replication refuses UPDATE and DELETE, and most tools for online changes, such as pg_repack, need a key.

When it is harmless: A log that is only appended to and dropped by partition, or a table that receives loads and is
emptied.

What to do: Declare a key; bigint GENERATED ALWAYS AS IDENTITY where the data has none of its own.

Known limits: Bookkeeping tables of migration tools are left out by name. With a database it is silent:
constraints/missing_primary_key says the same of the tables as they will be.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS
https://www.postgresql.org/docs/current/logical-replication-publication.html

Unsafe (without a catalog)::

    create table visits (page text, seen_at timestamptz);

Safe (without a catalog)::

    create table visits (id bigint primary key, page text);

Safe (without a catalog)::

    create table visits (id bigint not null, page text);
    alter table visits add primary key (id);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._standing import said_by
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.checks.constraints.missing_primary_key import missing_primary_key
from probes.finding import Severity


@script_rule(
    "Table without a primary key",
    area=Area.DESIGN,
    severity=Severity.MEDIUM,
    triggers=("CreateTable", "CreateTableAs"),
    profile=Profile.STRICT,
    checks=("constraints/missing_primary_key",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what the check says of what the script makes."""
    yield from said_by(script, missing_primary_key)
