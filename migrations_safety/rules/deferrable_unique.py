"""A key can be deferred.

What: UNIQUE or PRIMARY KEY with DEFERRABLE.

Why it matters: A deferrable key cannot be named in ON CONFLICT, cannot be what a foreign key refers to, and is no
replica identity; each is refused on the day somebody needs it. Checks at the end of a statement also cost a queue of
events for each row that may collide.

When it is harmless: Rows exchange their keys within a transaction, such as the positions of a list.

What to do: Leave DEFERRABLE out, or keep a plain key beside the deferrable constraint.

Known limits: Whether anything relies on deferring is not known.

Sources: https://www.postgresql.org/docs/current/sql-createtable.html

Given::

    create table orders (id bigint primary key, place int);

Unsafe::

    create table steps (id bigint primary key, position int unique deferrable);

Unsafe::

    alter table orders add constraint orders_place unique (place) deferrable initially deferred;

Safe::

    create table steps (id bigint primary key, position int unique, parent bigint references steps deferrable);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.rules._subjects import table_constraints
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import ConstraintType

_KEYS = frozenset({ConstraintType.UNIQUE, ConstraintType.PRIMARY})
_MARKS = frozenset({ConstraintType.ATTR_DEFERRABLE, ConstraintType.ATTR_DEFERRED})


@rule(
    "Deferrable key",
    area=Area.DESIGN,
    severity=Severity.LOW,
    triggers=(
        "CreateTable",
        "AlterTable:ADD_COLUMN",
        "AlterTable:ADD_CONSTRAINT:UNIQUE",
        "AlterTable:ADD_CONSTRAINT:PRIMARY",
    ),
    profile=Profile.STRICT,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag keys whose check can wait."""
    key = None
    for one in table_constraints(step):
        if one.kind not in _MARKS:  # behind a column's constraint, DEFERRABLE is one of its own
            key = one if one.kind in _KEYS else None
        if key is not None and (one.deferrable or one.kind in _MARKS):
            yield Flag(
                message="a deferrable key cannot be used by ON CONFLICT, by foreign keys, or as replica identity",
                location=key.location,
            )
            key = None
