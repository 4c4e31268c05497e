"""Something depends on what is dropped, and the server refuses the drop.

What: DROP, or DROP COLUMN or CONSTRAINT, without CASCADE of something that views, functions, policies, foreign keys
or other objects need. They are listed.

Why it matters: The migration stops here with 2BP01.

When it is harmless: Never; the objects may be there in production only.

What to do: Drop or change the dependents first, by name: then the migration says what it takes away. CASCADE takes
whatever it finds.

Known limits: Nothing is said without a catalog.

Sources: https://www.postgresql.org/docs/current/ddl-depend.html

Given::

    create table orders (id bigint primary key, note text, total numeric);
    create view open_orders as select id, total from orders;

Unsafe (with a catalog)::

    drop table orders;

Unsafe (with a catalog)::

    alter table orders drop column total;

Safe::

    drop view open_orders;
    drop table orders;

Safe::

    alter table orders drop column note;

Safe::

    drop table orders cascade;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._dependents import dropped_objects, needing_cascade
from migrations_safety.rules._judging import branch
from migrations_safety.timeline import Step
from probes.finding import Severity

_DEPENDENT = "2BP01"
_SHOWN = 4
_LISTED = 50


@rule(
    "Refused because something depends on it",
    area=Area.COMPATIBILITY,
    severity=Severity.HIGH,
    triggers=("+refused",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag drops that dependents forbid, and list those."""
    refusal = step.effects.refusal
    if refusal is None or refusal.sqlstate != _DEPENDENT or not step.effects.is_refused or not step.has_catalog:
        return
    found = needing_cascade(step.look.run, dropped_objects(step))
    if found:
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        message = f"the server refuses it: {', '.join(found[:_SHOWN])}{more} would have to go too{branch(step)}"
        yield Flag(message=message, evidence={"dependents": found[:_LISTED], "sqlstate": _DEPENDENT}, refused=True)
