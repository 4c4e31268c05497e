"""A transaction locks two tables that a foreign key joins, in an order in which the application deadlocks with it.

What: One statement of a transaction blocks a table, a later one blocks another, and a foreign key leads from one to
the other. Referenced table first: every INSERT into the referencing one locks in the other order, by the key's own
check. Referencing table first: so does every transaction of the application that writes the parent row before its
children.

Why it matters: Each holds what the other waits for. The server ends one of them after deadlock_timeout: either the
migration fails half way, or the application loses a transaction that had nothing wrong with it.

When it is harmless: Nobody writes to the two tables at that time.

What to do: One table a transaction. Where both changes must appear together, LOCK TABLE both in one statement at the
start, under a short lock_timeout, and try again when it strikes.

Known limits: Foreign keys are known from the catalog or from the script. What else the application locks together,
and in which order, is not seen.

Sources: https://www.postgresql.org/docs/current/explicit-locking.html#LOCKING-DEADLOCKS
    https://github.com/dstackai/dstack/pull/3244

Given::

    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint references customers, total numeric, note text);
    create table items (id bigint primary key, note text);
    create function audit() returns trigger language plpgsql as $$begin return null; end$$;

Unsafe (with a catalog)::

    begin;
    alter table customers add column name text;
    alter table orders add column remark text;
    commit;

Unsafe (with a catalog)::

    begin;
    alter table orders add column remark text;
    alter table customers add column name text;
    commit;

Safe::

    alter table customers add column name text;
    alter table orders add column remark text;

Safe::

    begin;
    alter table orders add column remark text;
    alter table items add column remark text;
    commit;

Safe::

    begin;
    lock table customers, orders in access exclusive mode;
    alter table customers add column name text;
    alter table orders add column remark text;
    commit;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Lock, Role
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import blocking, lock_evidence
from migrations_safety.timeline import Held, Step
from probes.catalog.locks import LockMode
from probes.catalog.rows import PgConstraint
from probes.finding import Severity


@rule(
    "Locks in an order that deadlocks",
    area=Area.LOCKS,
    severity=Severity.MEDIUM,
    triggers=("+held",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag the second of two tables that a foreign key joins."""
    if step.effects.is_refused:
        return
    known = {held.lock.relation.qualified_name for held in step.held}
    tables = [held for held in step.held if held.lock.mode.blocks_writes and held.lock.role is not Role.INDEX]
    for lock in blocking(step):
        if lock.role is Role.INDEX or lock.relation.qualified_name in known:
            continue
        for held in tables:
            message = _conflict(step, held, lock)
            if message:
                yield Flag(
                    message=message,
                    evidence={**lock_evidence(lock), "held": held.lock.relation.qualified_name},
                    blocked=(held.lock.relation, lock.relation),
                )
                return


def _conflict(step: Step, held: Held, lock: Lock) -> str | None:
    first, second = held.lock.relation, lock.relation
    since = f"{first.qualified_name} has been locked since line {held.line}"
    if _references(step, second.oid, first.oid) and held.lock.mode.conflicts_with(LockMode.ROW_SHARE):
        return (
            f"{since}, and {second.qualified_name} references it:"
            f" an INSERT into {second.qualified_name} locks them the other way round, and one of the two is ended"
        )
    if _references(step, first.oid, second.oid):
        return (
            f"{since}, and it references {second.qualified_name}:"
            " a transaction that writes the parent before the child locks them the other way round"
        )
    return None


def _references(step: Step, child: int, parent: int) -> bool:
    if not child or not parent:
        return False
    world = step.look.run.world
    return any(row.kind == "f" and row.referenced == parent for row in world.where(PgConstraint, "relation", child))
