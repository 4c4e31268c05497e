"""The statement refuses to run inside a transaction block, and it is in one.

What: CREATE, DROP or REINDEX ... CONCURRENTLY, DETACH PARTITION CONCURRENTLY, VACUUM, CREATE DATABASE, ALTER SYSTEM
and their kind stand after BEGIN, in a file that the runner wraps in a transaction, or in a message of several
statements, which the server wraps itself.

Why it matters: The server refuses it with error 25001 and the deploy stops there.

When it is harmless: Never.

What to do: Move it out of the block. Where the runner opened it, use the tool's mark for files without a transaction
and put the statement alone into such a file: a file that is sent as one message is a transaction all the same.
REFRESH MATERIALIZED VIEW CONCURRENTLY and, since 12, ALTER TYPE ... ADD VALUE are allowed in a block.

Known limits: How the runner sends files is taken from its configuration where it was found.

Sources: https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
    https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT

Given::

    create table orders (id bigint primary key, total numeric);

Unsafe::

    begin;
    create index concurrently on orders (total);
    commit;

Unsafe (in the runner's transaction)::

    create index concurrently on orders (total);

Unsafe (one message)::

    set lock_timeout = 0;
    vacuum orders;

Safe::

    begin;
    select 1;
    commit;
    create index concurrently on orders (total);

Safe (one message)::

    create index concurrently on orders (total);

Safe (in the runner's transaction)::

    create type mood as enum ('ok');
    alter type mood add value 'glad';
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.script.model import TransactionMode
from migrations_safety.timeline import Step
from probes.finding import Severity

_PLACES = {
    TransactionMode.AUTOCOMMIT: "a transaction is open",
    TransactionMode.EXPLICIT: "it stands after BEGIN",
    TransactionMode.RUNNER: "the migration tool opened one for the file; its manual has a mark for files without",
    TransactionMode.IMPLICIT: "several statements sent as one message are one; send it alone",
}


@rule(
    "Refuses to run inside a transaction",
    area=Area.TRANSACTIONS,
    severity=Severity.HIGH,
    triggers=("+refused",),
    squawk=("ban-concurrent-index-creation-in-transaction",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag a statement that must stand alone."""
    refusal = step.effects.refusal
    if refusal is None or refusal.sqlstate != "25001" or not step.effects.is_refused:
        return
    mode = step.statement.transaction.mode
    place = "a DO block runs in a transaction" if step.in_body is not None else _PLACES[mode]
    yield Flag(
        message=f"the server refuses it inside a transaction: {place}",
        evidence={"sqlstate": refusal.sqlstate, "transaction": mode.value},
        refused=True,
    )
