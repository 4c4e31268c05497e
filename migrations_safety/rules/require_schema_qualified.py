"""Where the object lands is decided by whoever runs the migration.

What: CREATE, ALTER or DROP of a table, view, index's table or function without a schema.

Why it matters: The name is looked up by the search_path of the session: under another role, behind a pooler that kept
a setting, or in a psql that somebody configured, the same file makes the table somewhere else, or alters another one.

When it is harmless: The runner sets the search_path itself, or there is one schema only.

What to do: Write app.orders.

Known limits: Names inside queries and bodies are not looked at.

Sources: https://www.postgresql.org/docs/current/ddl-schemas.html#DDL-SCHEMAS-PATH

Given::

    create table orders (id bigint primary key);

Unsafe::

    create table notes (id bigint primary key);

Unsafe::

    alter table orders add column remark text;

Safe::

    create table public.notes (id bigint primary key);

Safe::

    create temporary table scratch (id bigint);

Safe::

    alter table public.orders add column remark text;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.atoms import RangeVar
from probes.sql.tree.parts import name_parts
from probes.sql.tree.routines import CreateFunction, CreateView
from probes.sql.tree.tables import AlterTable, CreateIndex, CreateTable, Drop


def _named(step: Step) -> Iterator[object]:
    match step.tree:
        case CreateTable() | CreateIndex() | AlterTable() as tree:
            yield tree.relation
        case CreateView() as tree:
            yield tree.view
        case CreateFunction() as tree:
            yield tree.name
        case Drop() as tree:
            yield from tree.objects
        case _:
            return


@rule(
    "Name without a schema",
    area=Area.STYLE,
    severity=Severity.INFO,
    triggers=(
        *("CreateTable", "CreateIndex", "CreateView", "CreateFunction", "AlterTable"),
        *("Drop:TABLE", "Drop:VIEW", "Drop:FUNCTION"),
    ),
    profile=Profile.PEDANTIC,
    squawk=("require-table-schema",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag targets without a schema."""
    for named in _named(step):
        parts = name_parts(named)
        if len(parts) == 1 and not (isinstance(named, RangeVar) and named.persistence == "t"):
            yield Flag(message=f"which {parts[0]} is meant is decided by the search_path of the session")
