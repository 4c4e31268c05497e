"""A transaction opens so many savepoints that every other session may feel it.

What: More than 64 savepoints in one transaction.

Why it matters: A backend keeps 64 subtransactions in shared memory. Beyond that every snapshot of every session, on
standbys too, has to look into pg_subtrans for as long as the transaction lives: a slowdown of the whole server that
no lock shows.

When it is harmless: The savepoints change nothing: a subtransaction without a change gets no number.

What to do: Commit in between, or drop the savepoints.

Known limits: Loops with exception handlers in DO blocks and functions do the same and are not counted.

Sources: https://www.postgresql.org/docs/current/subxacts.html

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe::

    begin;
    savepoint a; savepoint a; savepoint a; savepoint a; savepoint a; savepoint a;
    savepoint a; savepoint a; savepoint a; savepoint a; savepoint a; savepoint a;
    savepoint a; savepoint a; savepoint a; savepoint a; savepoint a; savepoint a;
    savepoint a; savepoint a; savepoint a; savepoint a; savepoint a; savepoint a;
    savepoint a; savepoint a; savepoint a; savepoint a; savepoint a; savepoint a;
    savepoint a; savepoint a; savepoint a; savepoint a; savepoint a; savepoint a;
    savepoint a; savepoint a; savepoint a; savepoint a; savepoint a; savepoint a;
    savepoint a; savepoint a; savepoint a; savepoint a; savepoint a; savepoint a;
    savepoint a; savepoint a; savepoint a; savepoint a; savepoint a; savepoint a;
    savepoint a; savepoint a; savepoint a; savepoint a; savepoint a; savepoint a;
    savepoint a; savepoint a; savepoint a; savepoint a; savepoint a; savepoint a;
    commit;

Safe::

    begin;
    savepoint a;
    insert into orders values (1);
    rollback to a;
    commit;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, script_rule
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import TransactionKind
from probes.sql.tree.utility import Transaction

_CACHED = 64


@script_rule(
    "More savepoints than a backend can keep in memory",
    area=Area.TRANSACTIONS,
    severity=Severity.LOW,
    triggers=("Transaction",),
    profile=Profile.STRICT,
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag the savepoint that is one too many."""
    counts: dict[int, int] = {}
    for step in script.steps:
        tree = step.tree
        if isinstance(tree, Transaction) and tree.kind is TransactionKind.SAVEPOINT:
            number = step.statement.transaction.id
            counts[number] = counts.get(number, 0) + 1
            if counts[number] == _CACHED + 1:
                message = f"savepoint number {counts[number]} of its transaction: more than fit in memory"
                yield step, Flag(message=message)
