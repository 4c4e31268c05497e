"""BEGIN or COMMIT stands where it does not do what it says.

What: COMMIT or ROLLBACK ends the transaction that the migration tool opened; BEGIN stands inside a transaction;
COMMIT, ROLLBACK, SAVEPOINT, LOCK TABLE or SET LOCAL stands outside one.

Why it matters: After the COMMIT the rest of the file runs without the tool's transaction: if it fails, half of the
file stays, and the tool may record nothing or everything. A BEGIN inside a transaction is a warning and opens none:
the next COMMIT ends the outer one. SAVEPOINT and LOCK TABLE outside a transaction are refused, and SET LOCAL sets
nothing there: a lock_timeout that is meant to protect the next statement does not.

When it is harmless: The tool is told to run the file without a transaction of its own; then the gate should know it
too.

What to do: Leave transactions to the tool, or switch its transaction off for this file.

Known limits: How the tool wraps files is taken from its configuration where it was found.

Sources: https://www.postgresql.org/docs/current/sql-begin.html
    https://www.postgresql.org/docs/current/sql-commit.html

Unsafe (in the runner's transaction)::

    create table a (id int);
    commit;
    create table b (id int);

Unsafe::

    begin;
    begin;
    create table a (id int);
    commit;

Unsafe::

    create table a (id int);
    commit;

Unsafe::

    create table a (id int);
    lock table a in access exclusive mode;

Unsafe::

    savepoint here;

Unsafe::

    set local lock_timeout = '2s';
    create table a (id int);

Safe::

    begin;
    set local lock_timeout = '2s';
    create table a (id int);
    lock table a in access exclusive mode;
    savepoint here;
    commit;

Safe::

    set lock_timeout = '2s';
    create table a (id int);

Safe::

    begin;
    create table a (id int);
    commit;

Safe (one message)::

    begin;
    create table a (id int);
    commit;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.script.model import ControlNote, TransactionMode
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.enums import TransactionKind
from probes.sql.tree.utility import Lock, Set, Transaction

_MEANINGS = {
    ControlNote.ENDS_RUNNER_TRANSACTION: (
        "it ends the transaction that the migration tool opened: what follows commits statement by statement",
        Severity.MEDIUM,
    ),
    ControlNote.NESTED_BEGIN: ("a transaction is open already: this BEGIN opens none, only a warning", Severity.LOW),
    ControlNote.NOTHING_TO_END: ("no transaction block is open here: it ends nothing, only a warning", Severity.LOW),
}


@rule(
    "Transaction control that goes astray",
    area=Area.TRANSACTIONS,
    severity=Severity.MEDIUM,
    triggers=("Transaction", "Lock", "Set"),
    squawk=("transaction-nesting",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag control statements that the reader found odd, and those that need a transaction where there is none."""
    if not step.in_block:
        yield from _without_transaction(step)
    said = _MEANINGS.get(step.statement.note)
    if said is not None:
        message, severity = said
        if step.statement.transaction.mode is TransactionMode.IMPLICIT:
            message = "it ends the transaction that the server put around the message, which may be more than was meant"
        yield Flag(message=message, severity=severity)


def _without_transaction(step: Step) -> Iterator[Flag]:
    match step.tree:
        case Lock():
            name = "LOCK TABLE"
        case Transaction(kind=TransactionKind.SAVEPOINT | TransactionKind.RELEASE | TransactionKind.ROLLBACK_TO):
            name = step.statement.sql.split()[0].upper()
        case Set(is_local=True):
            yield Flag(message="SET LOCAL lasts as long as its transaction, and none is open: it sets nothing")
            return
        case _:
            return
    yield Flag(message=f"the server refuses {name} outside of a transaction", refused=True, severity=Severity.HIGH)
