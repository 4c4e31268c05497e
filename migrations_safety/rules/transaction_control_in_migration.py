"""BEGIN or COMMIT stands where it does not do what it says.

What: COMMIT or ROLLBACK ends the transaction that the migration tool opened; BEGIN stands inside a transaction;
COMMIT or ROLLBACK stands outside one.

Why it matters: After the COMMIT the rest of the file runs without the tool's transaction: if it fails, half of the
file stays, and the tool may record nothing or everything. A BEGIN inside a transaction is a warning and opens none:
the next COMMIT ends the outer one.

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
    triggers=("Transaction",),
    squawk=("transaction-nesting",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag control statements that the reader found odd."""
    said = _MEANINGS.get(step.statement.note)
    if said is not None:
        message, severity = said
        if step.statement.transaction.mode is TransactionMode.IMPLICIT:
            message = "it ends the transaction that the server put around the message, which may be more than was meant"
        yield Flag(message=message, severity=severity)
