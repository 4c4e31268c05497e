"""CASCADE drops objects that the statement does not name.

What: DROP ... CASCADE, or DROP COLUMN or CONSTRAINT ... CASCADE, where other objects go along: views, foreign keys of
other tables, columns, functions, defaults, policies. They are listed. Schemas have a rule of their own.

Why it matters: What goes is decided by what happens to be there on that server that day: a view that somebody made
for a report, a foreign key of another team. Production may have more of them than any test database.

When it is harmless: Nothing depends on the object; then CASCADE is not needed either.

What to do: Drop the dependents by name first, in the same transaction. Without CASCADE the server refuses when one is
missing, and that is the protection.

Known limits: Without a catalog the objects cannot be listed.

Sources: https://www.postgresql.org/docs/current/ddl-depend.html
    https://www.postgresql.org/docs/current/sql-droptable.html

Given::

    create table orders (id bigint primary key, note text, total numeric);
    create view open_orders as select id, total from orders;
    create table lines (order_id bigint references orders, item text);
    create table notes (id int);
    create policy own on notes using (id = 1);

Unsafe::

    drop table orders cascade;

Unsafe::

    alter table orders drop column total cascade;

Safe::

    drop view open_orders;
    alter table orders drop column total;

Safe (with a catalog)::

    drop table notes cascade;

Safe::

    create table t (id int);
    drop table t cascade;

Safe (with a catalog)::

    drop table if exists never_there cascade;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._dependents import dropped_objects, needing_cascade
from migrations_safety.rules._gone import targets
from migrations_safety.rules._judging import branch
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType, ObjectType
from probes.sql.tree.tables import AlterTable, Drop

_RELATIONS = frozenset({ObjectType.TABLE, ObjectType.VIEW, ObjectType.MATVIEW, ObjectType.SEQUENCE})
_DROPS = frozenset({AlterTableType.DROP_COLUMN, AlterTableType.DROP_CONSTRAINT})
_SHOWN = 4
_LISTED = 50


@rule(
    "Drops what it does not name",
    area=Area.DATA,
    severity=Severity.HIGH,
    triggers=("Drop", "AlterTable:DROP_COLUMN", "AlterTable:DROP_CONSTRAINT"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag what CASCADE takes along."""
    if step.effects.is_refused or not _cascades(step):
        return
    if not step.has_catalog:
        if targets(step) or not isinstance(step.tree, Drop) or step.tree.object_type not in _RELATIONS:
            yield Flag(message=f"whatever depends on it goes too, unnamed{branch(step)}")
        return
    found = needing_cascade(step.look.run, dropped_objects(step))
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        message = f"{', '.join(found[:_SHOWN])}{more} dropped too, unnamed{branch(step)}"
        yield Flag(message=message, evidence={"dropped_along": found[:_LISTED], "dropped_along_count": len(found)})


def _cascades(step: Step) -> bool:
    match step.tree:
        case Drop() as tree:
            return tree.cascade and tree.object_type is not ObjectType.SCHEMA
        case AlterTable() as tree:
            return any(one.cascade and one.kind in _DROPS for one in tree.commands) and bool(targets(step))
        case _:
            return False
