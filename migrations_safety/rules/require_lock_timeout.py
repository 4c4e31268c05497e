"""A migration queues for a lock that readers or writers wait behind, and nothing limits the queueing.

What: A statement of the file needs SHARE or a stronger lock on a relation that is in use, and no lock_timeout is in
force when it asks for it. One finding for a file, at the first such statement.

Why it matters: PostgreSQL serves lock requests in order. While the ALTER TABLE waits for one forgotten transaction,
every query that comes after it waits too, although it would not have conflicted with the transaction. That is how a
statement that takes a millisecond stops a service for an hour.

When it is harmless: Nobody uses the table while the migration runs; the role or the connection string of the runner
brings a lock_timeout along; the lock is already held by an earlier statement of the transaction.

What to do: SET lock_timeout = '2s' (SET LOCAL inside a transaction) before the statement, and run the migration again
when it strikes. A short statement_timeout serves as well. SET LOCAL outside a transaction does nothing, and RESET or
the end of the transaction takes it back: the gate follows both.

Known limits: A timeout that the role or the database has is known only with a catalog of it; one in the runner's own
connection is never seen. SHARE UPDATE EXCLUSIVE (VALIDATE CONSTRAINT, CREATE INDEX CONCURRENTLY) is left out: readers
and writers do not queue behind it.

Sources: https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT
    https://www.postgresql.org/docs/current/explicit-locking.html

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe::

    alter table orders add column remark text;

Unsafe::

    set lock_timeout = '2s';
    reset lock_timeout;
    alter table orders add column remark text;

Unsafe::

    set local lock_timeout = '2s';
    alter table orders add column remark text;

Unsafe::

    begin;
    set local lock_timeout = '2s';
    commit;
    alter table orders add column remark text;

Safe::

    set lock_timeout = '2s';
    alter table orders add column remark text;

Safe::

    begin;
    set local lock_timeout = '2s';
    alter table orders add column remark text;
    commit;

Safe::

    create table orders_2 (id bigint primary key);
    alter table orders_2 add column remark text;

Safe::

    create index concurrently orders_total on orders (total);
    drop index concurrently orders_total;

Safe::

    begin;
    lock table orders in access exclusive mode nowait;
    alter table orders add column remark text;
    commit;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Lock, Role
from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._judging import lock_evidence, waiting
from migrations_safety.rules._timeouts import LONGEST_WAIT_MS, in_force_ms, waited_for
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Evidence, Severity
from probes.sql.tree.tables import AlterSequence, CreateTable

_SHOWN = 10
_OF_THEIR_OWN = (CreateTable, AlterSequence)
"""Statements of which other rules say, under the same condition, whom they keep waiting."""


@script_rule(
    "Waits for a lock without a timeout",
    area=Area.TRANSACTIONS,
    severity=Severity.LOW,
    triggers=("+lock",),
    squawk=("require-timeout-settings",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag the first wait of each file that nothing limits."""
    files: dict[str, list[tuple[Step, Lock]]] = {}
    for step in script.steps:
        if not _is_limited(step):
            strong = [] if isinstance(step.tree, _OF_THEIR_OWN) else waited_for(step)
            if strong:
                tables = [lock for lock in strong if lock.role is not Role.INDEX] or strong
                worst = max(tables, key=lambda lock: lock.mode.strength)
                files.setdefault(step.statement.file, []).append((step, worst))
    for found in files.values():
        step, lock = found[0]
        others = f", the first of {len(found)} statements of the file" if len(found) > 1 else ""
        yield (
            step,
            Flag(
                message=(
                    f"it waits for {lock.mode.value} on {lock.relation.qualified_name} without a lock_timeout{others}:"
                    f" {waiting(lock.mode)} that come later wait behind it"
                ),
                evidence={**lock_evidence(lock), **_lines(found)},
                blocked=tuple(dict.fromkeys(one.relation for _, one in found)),
            ),
        )


def _lines(found: list[tuple[Step, Lock]]) -> Evidence:
    """The lines of the statements, where there are several."""
    return {"lines": tuple(str(step.statement.line) for step, _ in found[:_SHOWN])} if len(found) > 1 else {}


def _is_limited(step: Step) -> bool:
    """A lock_timeout of any length counts here; whether it is too long is another question."""
    return in_force_ms(step, "lock_timeout") > 0 or 0 < in_force_ms(step, "statement_timeout") <= LONGEST_WAIT_MS
