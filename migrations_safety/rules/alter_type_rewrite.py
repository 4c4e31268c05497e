"""A column gets another type, and every row is written anew under ACCESS EXCLUSIVE.

What: ALTER COLUMN ... TYPE where the stored values change, or may have to be checked: int to bigint, any narrowing,
another scale of numeric, json to jsonb, char(n) to anything, varchar(n)[] to any other length, timestamp(3) to
timestamptz(3), a domain with constraints, USING with an expression.

Why it matters: The table and all its indexes are written anew while neither reads nor writes pass: the longest outage
a migration can cause by one line. There must be disk for a second copy, and all of it goes through the WAL to the
replicas.

When it is harmless: The server knows that nothing stored changes: varchar(n) to a larger n, to varchar or to text,
text to varchar, numeric to a larger precision with the same scale, longer varbit, timestamp or interval precision up,
cidr to inet, a domain to its base type, timestamp to timestamptz while TimeZone is UTC. Small tables.

What to do: A second column of the new type, kept equal by a trigger, filled in batches and swapped in one short
transaction, with indexes, keys, sequence and the foreign keys at either end built and proved before. To narrow what
may come in, a CHECK on the column as it is, added NOT VALID and validated, does as well.

Known limits: Without a database the old type is known only where the script made the table; any other change is
reported as one that depends on it. The statements of the detour are written where all that hangs on the column is
known and is a default, a sequence or identity, an index, a key or a foreign key. Where the table has partitions or
heirs, or the column a CHECK, an index on an expression, statistics, grants or the like, they are described, and the
note names what stands in the way. Columns that reference it keep their types, as the statement leaves them. A serial's
sequence gets the new type too, which the statement alone would not give it.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE
    https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES

Given::

    create table customers (code varchar(10) primary key);
    create table orders (
        id int primary key,
        total numeric(10, 2),
        note varchar(20),
        placed timestamp,
        label varchar(20) constraint labelled check (label <> ''),
        customer varchar(10) references customers
    );
    create index orders_placed on orders (placed);
    create index orders_note on orders (note);

Unsafe::

    alter table orders alter column id type bigint;

Unsafe::

    alter table orders alter column total type numeric(10, 3);

Unsafe::

    alter table orders alter column note type varchar(10);

Unsafe::

    alter table orders alter column placed type timestamptz using placed at time zone 'UTC';

Unsafe::

    set timezone = 'Europe/Berlin';
    alter table orders alter column placed type timestamptz;

Safe (with a catalog)::

    alter table orders alter column note type varchar(50);

Safe (with a catalog)::

    alter table orders alter column note type text;

Safe (with a catalog)::

    alter table orders alter column total type numeric(12, 2);

Safe (with a catalog)::

    set timezone = 'UTC';
    alter table orders alter column placed type timestamptz;

Safe::

    create table scratch (n int);
    alter table scratch alter column n type bigint;
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from migrations_safety.effects.model import Always
from migrations_safety.rewrites.columns import expand_and_contract
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import at, work_flag
from migrations_safety.rules._retyping import Toll, retyped
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.parts import ColumnDef
from probes.sql.tree.tables import AlterTableCommand

_OFTEN_FREE = frozenset({"text", "varchar", "numeric"})


@rule(
    "Type change writes the table anew",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:ALTER_COLUMN_TYPE",),
    squawk=("changing-column-type",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag type changes that write every row."""
    for command, effects in retyped(step, Toll.REWRITE):
        what = "every row is written anew"
        for flag in at(command, work_flag(step, what, effects, expand_and_contract(step))):
            is_certain = any(isinstance(work.when, Always) for work in effects.rewrites)
            is_doubtful = not is_certain and _is_often_free(command)
            yield msgspec.structs.replace(flag, severity=Severity.MEDIUM) if is_doubtful else flag


def _is_often_free(command: AlterTableCommand) -> bool:
    definition = command.definition
    if not isinstance(definition, ColumnDef) or definition.type is None or definition.default:
        return False
    return bool(definition.type.names) and definition.type.names[-1] in _OFTEN_FREE
