"""A new key can run out of numbers.

What: A column that numbers rows (a single-column primary key, a serial or an identity column) is declared as integer
or smallint.

Why it matters: integer ends at 2,147,483,647, smallint at 32,767. When the last number is given out every INSERT
fails, and numbers are also lost to rollbacks and ON CONFLICT. Widening the column then means rewriting the table, and
every table that refers to it, while the application stands still.

When it is harmless: The table is a list that people keep by hand: countries, states, kinds of things.

What to do: bigint for the key and for the columns that refer to it. It costs four bytes a row, and often none because
of alignment.

Known limits: How many rows the table will have is not known. Foreign keys narrower than what they refer to are told
by fk-type-mismatch.

Sources: https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-INT

Unsafe::

    create table orders (id integer primary key);

Unsafe::

    create table orders (id serial, primary key (id));

Unsafe::

    create table orders (id int generated always as identity, note text);

Unsafe::

    alter table orders add column number smallserial;

Safe::

    create table orders (id bigint generated always as identity primary key, quantity int);

Safe::

    create table order_items (order_id int, item_id int, primary key (order_id, item_id));
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.rules._subjects import COLUMN_TRIGGERS, Declared, declared, type_name
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import ConstraintType

_SMALL, _MEDIUM = 32_767, 2_147_483_647
_NARROW = {
    "int2": _SMALL,
    "serial2": _SMALL,
    "smallserial": _SMALL,
    "int4": _MEDIUM,
    "serial4": _MEDIUM,
    "serial": _MEDIUM,
}


def _numbers_rows(found: Declared) -> bool:
    """Whether it is a serial, an identity, or the whole primary key."""
    kinds = {one.kind for one in found.column.constraints}
    return (
        "serial" in (type_name(found.column) or "")
        or not kinds.isdisjoint({ConstraintType.IDENTITY, ConstraintType.PRIMARY})
        or any(one.kind is ConstraintType.PRIMARY and one.keys == (found.column.name,) for one in found.constraints)
    )


@rule(
    "Key that can run out of numbers",
    area=Area.DESIGN,
    severity=Severity.LOW,
    triggers=COLUMN_TRIGGERS,
    profile=Profile.STRICT,
    squawk=("prefer-big-int", "prefer-bigint-over-int", "prefer-bigint-over-smallint"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag narrow integers that number rows."""
    for found in declared(step):
        name = type_name(found.column) or ""
        if name in _NARROW and not found.is_retyped and _numbers_rows(found):
            yield Flag(
                message=(
                    f"{found.table.name}.{found.column.name} numbers rows and ends at {_NARROW[name]:,}: then every "
                    "INSERT fails"
                ),
                evidence={"type": name, "last_value": _NARROW[name]},
                location=found.column.location,
            )
