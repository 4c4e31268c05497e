"""A constraint is validated while the same transaction still holds a strong lock on the table.

What: VALIDATE CONSTRAINT in the transaction, or in the very ALTER TABLE, that added the constraint NOT VALID; or
after anything else in the transaction that blocks the table.

Why it matters: The point of NOT VALID is that the scan runs under a weak lock. Locks are kept to the end of the
transaction: the scan runs under ACCESS EXCLUSIVE or SHARE ROW EXCLUSIVE after all, and the two statements gain
nothing over one. Tools that wrap every file in a transaction make this of a well meant migration.

When it is harmless: The table is small or new.

What to do: VALIDATE CONSTRAINT in a transaction of its own: another file, or a file that the tool runs without a
transaction.

Known limits: Which statements share a transaction is taken from the script and from what the migration tool is known
to do.

Sources: https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES

Given::

    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint, total numeric, note text);

Unsafe::

    begin;
    alter table orders add constraint positive check (total > 0) not valid;
    alter table orders validate constraint positive;
    commit;

Unsafe::

    alter table orders add constraint positive check (total > 0) not valid, validate constraint positive;

Unsafe (in the runner's transaction)::

    alter table orders add foreign key (customer_id) references customers not valid;
    alter table orders validate constraint orders_customer_id_fkey;

Safe::

    alter table orders add constraint positive check (total > 0) not valid;
    alter table orders validate constraint positive;

Safe::

    begin;
    alter table orders add constraint positive check (total > 0) not valid;
    commit;
    begin;
    alter table orders validate constraint positive;
    commit;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import RelationRef, Role
from migrations_safety.rewrites.drop_after import validate_afterwards
from migrations_safety.rule import Area, Flag, rule
from migrations_safety.rules._judging import lock_evidence, names, waiting, work_flag
from migrations_safety.timeline import Held, Step
from probes.finding import Severity


def _held_on_scanned(step: Step) -> list[Held]:
    scanned = {work.relation.qualified_name for work in step.effects.scans}
    blocking = [held for held in step.held if held.lock.mode.blocks_writes]
    return blocking if any(held.lock.relation.qualified_name in scanned for held in blocking) else []


def _who_waits(held: list[Held]) -> str:
    """Who waits for which relations, by the modes that are held."""
    found: dict[str, list[RelationRef]] = {}
    for one in sorted(held, key=lambda one: -one.lock.mode.strength):
        if one.lock.role is not Role.INDEX:
            found.setdefault(waiting(one.lock.mode), []).append(one.lock.relation)
    return ", ".join(f"{who} of {names(relations)}" for who, relations in found.items()) + " wait"


@rule(
    "Constraint validated under an earlier lock",
    area=Area.LOCKS,
    severity=Severity.HIGH,
    triggers=("AlterTable:VALIDATE_CONSTRAINT",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag validation that others wait for."""
    held = _held_on_scanned(step)
    if step.effects.is_refused:
        return
    if not held:
        what = "the constraint is validated in the command that locks the table"
        yield from work_flag(step, what, rewrite=validate_afterwards(step))
        return
    worst = max(held, key=lambda one: one.lock.mode.strength)
    lock = f"{worst.lock.mode.value} on {worst.lock.relation.qualified_name}"
    yield Flag(
        message=(
            f"all rows are checked while {lock}, taken in line {worst.line} of the same transaction, is still held:"
            f" {_who_waits(held)}; validate it in a later transaction"
        ),
        evidence=lock_evidence(worst.lock),
        blocked=tuple(one.lock.relation for one in held),
        works=True,
    )
