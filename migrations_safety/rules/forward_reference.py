"""A file uses a table or view that only a later file of the same deploy creates.

What: A statement names a relation that is not there, and a file that comes after it in the order of the deploy
creates a relation of that name.

Why it matters: On the author's machine both files had been applied, in whatever order; on a fresh database, or in
production, the first one fails.

When it is harmless: The relation exists already and the later file creates it IF NOT EXISTS.

What to do: Rename the files so that the one that creates comes first, or merge them.

Known limits: Without a database a relation that no file creates is taken to exist. Only relations are followed, not
functions or types.

Sources: https://www.postgresql.org/docs/current/sql-createtable.html

Given::

    create table orders (id bigint primary key, customer_id bigint, note text);
    create table items (id bigint primary key, note text);

Unsafe::

    alter table shops add column name text;
    -- file b.sql
    create table shops (id bigint);

Unsafe::

    create view names as select * from shops;
    -- file b.sql
    create table shops (id bigint);

Safe::

    create table shops (id bigint);
    -- file b.sql
    alter table shops add column name text;

Safe (without a catalog)::

    alter table shops add column name text;
    -- file b.sql
    create table if not exists shops (id bigint);
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.atoms import RangeVar
from probes.sql.tree.routines import CreateView
from probes.sql.tree.tables import CreateTable, CreateTableAs

_UNDEFINED_TABLE = "42P01"
_NAMED = re.compile(r"^relation (.+) does not exist$")


@script_rule(
    "Used before it is created",
    area=Area.TRANSACTIONS,
    severity=Severity.HIGH,
    triggers=("CreateTable", "CreateTableAs", "CreateView"),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag relations that are created too late."""
    used: dict[str, Step] = {}
    made: set[str] = set()
    for step in script.all_steps():
        created = _created(step)
        name = created.name if created is not None else ""
        first = used.get(name)
        if created is not None and first is not None and first.statement.file != step.statement.file:
            where = f"line {first.statement.line} of {first.statement.file}"
            yield step, Flag(message=f"{name} is created here, but {where} already uses it")
        made.add(name)
        for missing in _missing(step):
            if missing not in made:
                used.setdefault(missing, step)


def _created(step: Step) -> RangeVar | None:
    match step.tree:
        case CreateTable(if_not_exists=False) as tree:
            return tree.relation
        case CreateTableAs(if_not_exists=False, into=into) if into is not None:
            return into.relation
        case CreateView(replace=False) as tree:
            return tree.view
        case _:
            return None


def _missing(step: Step) -> list[str]:
    refusal = step.effects.refusal
    found = [
        lock.relation.name for lock in step.effects.locks if not lock.relation.oid and not lock.relation.is_described
    ]
    if refusal is not None and refusal.sqlstate == _UNDEFINED_TABLE and step.effects.is_refused:
        found += _NAMED.findall(refusal.message)
    return found if not step.has_catalog or refusal is not None else []
