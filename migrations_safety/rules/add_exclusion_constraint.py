"""An exclusion constraint is added and its index is built under ACCESS EXCLUSIVE.

What: ADD CONSTRAINT ... EXCLUDE on a table that others use.

Why it matters: Each row is looked up in the new index while neither reads nor writes pass, which is slower than an
ordinary build. The server has no form that does it beside its users: no NOT VALID, no USING INDEX.

When it is harmless: The table is empty, small or made by the same deploy.

What to do: A time when nobody needs the table; or a new table with the constraint, filled by a trigger and in
batches, and swapped by renaming; or a trigger that refuses conflicts, where that is enough.

Known limits: WITHOUT OVERLAPS (18) is a UNIQUE constraint in the grammar and is reported as one.

Sources: https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-EXCLUDE

Given::

    create table bookings (room int, during int4range);

Unsafe::

    alter table bookings add constraint once exclude using gist (during with &&);

Safe::

    create table rooms (during int4range);
    alter table rooms add exclude using gist (during with &&);

Safe::

    create table rooms (during int4range, exclude using gist (during with &&));
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import at, work_flag
from migrations_safety.rules._locking import working
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType, ConstraintType
from probes.sql.tree.parts import Constraint


@rule(
    "Exclusion constraint on a table in use",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ADD_CONSTRAINT:EXCLUSION",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag exclusion constraints that are built while others wait."""
    for command, effects in working(step, AlterTableType.ADD_CONSTRAINT):
        definition = command.definition
        if isinstance(definition, Constraint) and definition.kind is ConstraintType.EXCLUSION:
            for flag in at(command, work_flag(step, "every row is compared with the others", effects)):
                yield msgspec.structs.replace(flag, message=f"{flag.message}; PostgreSQL has no online form of it")
