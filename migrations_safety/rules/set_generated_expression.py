"""SET EXPRESSION computes a stored generated column anew in every row, under ACCESS EXCLUSIVE.

What: ALTER COLUMN ... SET EXPRESSION (17 and later) on a stored generated column.

Why it matters: The table and all its indexes are written anew while neither reads nor writes pass, although the new
expression may differ for a handful of rows only.

When it is harmless: The table is small. A VIRTUAL column stores nothing: only the catalog changes.

What to do: Where it is possible, a new column (VIRTUAL on 18) with the new expression, and the old one dropped later;
otherwise a time when nobody needs the table.

Known limits: There is no online way to exactly this column.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-EXPRESSION

Given::

    create table orders (id bigint primary key, total numeric, gross numeric generated always as (total * 1.2) stored);

Unsafe (17+)::

    alter table orders alter column gross set expression as (total * 1.19);

Safe (18+)::

    create table items (n int, twice int generated always as (n * 2) virtual);
    alter table items alter column twice set expression as (n * 3);

Safe (18+)::

    alter table orders add column net numeric generated always as (total * 0.8) virtual;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import at, work_flag
from migrations_safety.rules._locking import working
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType


@rule(
    "Generated column computed anew",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:SET_EXPRESSION",),
    squawk=("ban-alter-generated-expression",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag generated columns that are computed anew in every row."""
    for command, effects in working(step, AlterTableType.SET_EXPRESSION):
        yield from at(command, work_flag(step, "every row is written anew", effects))
