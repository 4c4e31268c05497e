"""A foreign key is made without an index that serves it.

What: A foreign key is added, and when the script ends no index begins with its columns.

Why it matters: PostgreSQL indexes the referenced side only. Each DELETE of a parent, and each UPDATE of its key, has
to find the children: without an index it reads the whole child table, once a row, with locks held. With ON DELETE
CASCADE it does so for every level below.

When it is harmless: Parents are never deleted and their keys never change, and nobody joins from the parent's side;
or the child stays small.

What to do: CREATE INDEX on the referencing columns; CONCURRENTLY where the table is in use.

Known limits: Without a database only tables and columns that the script itself makes are judged: what indexes an
existing table has is not known. With a database it is silent: indexes/unindexed_foreign_key says the same of the
tables as they will be.

Sources: https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK

Unsafe (without a catalog)::

    create table orders (id bigint primary key);
    create table items (id bigint primary key, order_id bigint references orders);

Unsafe (without a catalog)::

    alter table items add column order_id bigint references orders (id);

Safe (without a catalog)::

    create table orders (id bigint primary key);
    create table items (id bigint primary key, order_id bigint references orders);
    create index on items (order_id);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.rules._standing import said_by
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.checks.indexes.unindexed_foreign_key import unindexed_foreign_key
from probes.finding import Severity


@script_rule(
    "Foreign key without an index",
    area=Area.DESIGN,
    severity=Severity.MEDIUM,
    triggers=("CreateTable", "AlterTable:ADD_COLUMN", "AlterTable:ADD_CONSTRAINT:FOREIGN"),
    profile=Profile.STRICT,
    checks=("indexes/unindexed_foreign_key",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what the check says of what the script makes."""
    yield from said_by(script, unindexed_foreign_key)
