"""SET LOGGED or SET UNLOGGED writes the whole table anew under ACCESS EXCLUSIVE.

What: ALTER TABLE ... SET LOGGED or SET UNLOGGED where it changes something.

Why it matters: Neither reads nor writes pass until the copy and all indexes are written; SET LOGGED also sends the
whole table through the WAL. And an unlogged table is emptied by a crash and does not exist on replicas.

When it is harmless: The table is of that kind already, or small.

What to do: A time when nobody needs the table; or a second table of the other kind, filled in batches and swapped by
renaming.

Known limits: There is no online form.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-LOGGED-UNLOGGED

Given::

    create table orders (id bigint primary key);
    create unlogged table scratch (n int);

Unsafe::

    alter table orders set unlogged;

Unsafe::

    alter table scratch set logged;

Safe (with a catalog)::

    alter table orders set logged;

Safe::

    create unlogged table loading (n int);
    alter table loading set logged;
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import at, work_flag
from migrations_safety.rules._locking import working
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType


@rule(
    "Table made logged or unlogged",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:SET_LOGGED", "AlterTable:SET_UN_LOGGED"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag tables that are written anew in another kind of file."""
    for command, effects in working(step, AlterTableType.SET_LOGGED, AlterTableType.SET_UN_LOGGED):
        for flag in at(command, work_flag(step, "the table is written anew", effects)):
            is_unlogged = command.kind is AlterTableType.SET_UN_LOGGED
            more = "; from then on a crash empties it, and standbys do not have it" if is_unlogged else ""
            yield msgspec.structs.replace(flag, message=f"{flag.message}{more}")
