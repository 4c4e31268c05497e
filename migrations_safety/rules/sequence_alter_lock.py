"""ALTER SEQUENCE makes everybody wait who wants a number from it.

What: ALTER SEQUENCE, or ALTER COLUMN ... RESTART and SET of an identity column, without a lock_timeout, on a sequence
that is in use: SHARE ROW EXCLUSIVE until the transaction ends.

Why it matters: nextval() waits, and so does every INSERT that takes its key from the sequence, although ALTER
SEQUENCE does not lock the table. In a longer transaction that is an outage for writes.

When it is harmless: A lock_timeout is in force and the transaction is short, or nobody inserts.

What to do: SET lock_timeout, and the statement alone in its transaction. To move the counter use setval(), which
waits for nobody.

Known limits: Sequences that are cached by sessions go on for a while without asking.

Sources: https://www.postgresql.org/docs/current/sql-altersequence.html

Given::

    create sequence numbers;
    create table orders (id bigint generated always as identity);

Unsafe::

    alter sequence numbers restart with 1000;

Unsafe (with a catalog)::

    alter table orders alter column id restart with 1000;

Safe::

    set lock_timeout = '2s';
    alter sequence numbers increment by 10;

Safe::

    select setval('numbers', 1000);

Safe::

    create sequence fresh;
    alter sequence fresh increment by 10;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Role
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import blocking
from migrations_safety.rules._locking import brief_unless_timed
from migrations_safety.timeline import Step
from probes.finding import Severity


@rule(
    "Sequence locked against nextval",
    area=Area.LOCKS,
    severity=Severity.MEDIUM,
    triggers=("AlterSequence", "AlterTable:SET_IDENTITY"),
    squawk=("ban-alter-sequence-values",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag sequences from which nobody gets a number."""
    locks = [lock for lock in blocking(step) if lock.role is Role.SEQUENCE]
    yield from brief_unless_timed(step, "nextval waits for ALTER SEQUENCE", locks)
