"""A column of a foreign key gets another type, and the table at the key's other end is locked as well.

What: ALTER COLUMN ... TYPE of a column that references another table or is referenced. The key is dropped and made
again: ACCESS EXCLUSIVE on both tables, and where values are written anew both are read to validate it.

Why it matters: The other table is not in the statement. It stands still as long as the first one is worked through,
or, where nothing is rewritten, as long as the lock must be waited for.

When it is harmless: A lock_timeout is in force and nothing is rewritten or read; or the tables are small.

What to do: Drop the foreign key in a statement of its own, change both columns, add the key NOT VALID and validate
it.

Known limits: Which keys there are is known from the catalog or from the script only.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DATA-TYPE
    https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK

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

Unsafe (with a catalog)::

    alter table orders alter column customer type varchar(20);

Unsafe (with a catalog)::

    alter table customers alter column code type varchar(20);

Unsafe (with a catalog)::

    set lock_timeout = '2s';
    alter table customers alter column code type varchar(5);

Safe (with a catalog)::

    set lock_timeout = '2s';
    alter table orders alter column customer type varchar(20);

Safe (with a catalog)::

    alter table orders alter column note type text;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Role
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import blocked_by_work, commands, lock_evidence, names
from migrations_safety.rules._locking import brief_unless_timed, partners
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import AlterTableType


@rule(
    "Type change locks the other end of a foreign key",
    area=Area.LOCKS,
    severity=Severity.MEDIUM,
    triggers=("AlterTable:ALTER_COLUMN_TYPE",),
    squawk=("changing-column-type",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag partners that are locked for the sake of a new type."""
    if not partners(step, step.effects, Role.FOREIGN_KEY_PARTNER):
        return
    locks = [
        lock
        for _, effects in commands(step, AlterTableType.ALTER_COLUMN_TYPE)
        for lock in partners(step, effects, Role.FOREIGN_KEY_PARTNER)
        if lock.mode.blocks_reads
    ]
    if not locks or step.effects.is_refused:
        return
    if not blocked_by_work(step):
        yield from brief_unless_timed(step, "the foreign key on the column is made again", locks)
        return
    tables = tuple(dict.fromkeys(lock.relation for lock in locks))
    yield Flag(
        message=f"a foreign key is made again: {names(tables)} stays locked while the other table is worked through",
        evidence=lock_evidence(locks[0]),
        blocked=tables,
        works=True,
    )
