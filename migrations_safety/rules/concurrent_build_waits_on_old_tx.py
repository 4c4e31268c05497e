"""A CONCURRENTLY statement will wait for transactions that are open now.

What: CREATE, DROP or REINDEX INDEX CONCURRENTLY, or DETACH PARTITION CONCURRENTLY, while a transaction is open that
it must wait for: a session's, older than a minute, with a snapshot or with a lock on the table; a prepared one that
has used the table; or one that the script itself prepares and does not end.

Why it matters: Such a statement ends only when every older transaction has ended. Nobody waits for it, but the deploy
stands still, VACUUM cannot remove dead rows meanwhile, and where somebody gives up and kills it an invalid index is
left.

When it is harmless: The old transaction ends soon. Transactions in other databases do not matter.

What to do: End the old sessions first (pg_stat_activity has them), COMMIT PREPARED or ROLLBACK PREPARED what was
forgotten, and set idle_in_transaction_session_timeout.

Known limits: What is open when the migration runs is not what was open when the database was looked at; the finding
says how old it was then. Who holds a lock on the table is not told apart, only that somebody does.

Sources: https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
    https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW

Given::

    create table customers (id bigint primary key);
    create table orders (id bigint primary key, customer_id bigint references customers, total numeric, note text);
    create table items (id bigint primary key, note text);
    create function audit() returns trigger language plpgsql as $$begin return null; end$$;

Unsafe::

    begin;
    insert into items values (1);
    prepare transaction 'import';
    create index concurrently on items (note);

Safe::

    begin;
    insert into orders values (1);
    prepare transaction 'import';
    create index concurrently on items (note);

Safe::

    begin;
    insert into items values (1);
    prepare transaction 'import';
    commit prepared 'import';
    create index concurrently on items (note);

Safe::

    create index concurrently on items (note);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.model import Wait
from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.catalog import Catalog
from probes.catalog.locks import LockMode, mode_of_server_name
from probes.catalog.rows import Lock, PreparedTransaction, Session
from probes.finding import Severity
from probes.sql.tree.enums import TransactionKind
from probes.sql.tree.utility import Transaction

_OLD_SECONDS = 60.0
_THEN = "when the database was looked at"


@script_rule(
    "Waits for old transactions",
    area=Area.LOCKS,
    severity=Severity.LOW,
    triggers=("+waits",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag statements that wait for what is known to be open."""
    catalog = script.look.catalog
    used: dict[int, set[str]] = {}
    prepared: dict[str, set[str]] = {}
    for step in script.all_steps():
        names = {lock.relation.qualified_name for lock in step.effects.locks}
        used.setdefault(step.statement.transaction.id, set()).update(names)
        if isinstance(step.tree, Transaction):
            _follow(step, step.tree, used, prepared)
        elif step.effects.waits and not step.effects.is_refused:
            own = [
                f"the prepared transaction {gid} of this script" for gid, tables in prepared.items() if tables & names
            ]
            found = own or ([] if catalog is None else list(_open_now(catalog, step)))
            if found:
                yield step, Flag(message=f"it waits until it has ended: {found[0]}")


def _follow(step: Step, tree: Transaction, used: dict[int, set[str]], prepared: dict[str, set[str]]) -> None:
    gid = tree.prepared_id or ""
    if tree.kind is TransactionKind.PREPARE:
        prepared[gid] = used.get(step.statement.transaction.id, set())
    elif tree.kind in {TransactionKind.COMMIT_PREPARED, TransactionKind.ROLLBACK_PREPARED}:
        prepared.pop(gid, None)


def _open_now(catalog: Catalog, step: Step) -> Iterator[str]:
    here = catalog.server.database
    is_used = _is_locked_by_somebody(catalog, step)
    if is_used and not catalog.absent(PreparedTransaction):
        ages = [row.age_seconds for row in catalog.rows(PreparedTransaction) if row.database == here]
        if ages:
            yield f"a prepared transaction, {max(ages):,.0f} seconds old {_THEN}, if it has used the table"
    if not catalog.absent(Session):
        takes_snapshots = Wait.OLD_TRANSACTIONS in step.effects.waits
        for row in sorted(catalog.rows(Session), key=lambda row: -(row.transaction_age_seconds or 0.0)):
            age_seconds = row.transaction_age_seconds or 0.0
            if row.database != here or age_seconds <= _OLD_SECONDS:
                continue
            if takes_snapshots and row.xmin_age_xids is not None:
                yield f"a session's transaction, {age_seconds:,.0f} seconds old {_THEN}"
            elif is_used:
                yield f"a session's transaction, {age_seconds:,.0f} seconds old {_THEN}, if it has used the table"


def _is_locked_by_somebody(catalog: Catalog, step: Step) -> bool:
    """Whether others held locks on a relation of the statement; True where that was not looked at."""
    if catalog.absent(Lock):
        return True
    oids = {lock.relation.oid for lock in step.effects.locks}
    readers_count = Wait.TABLE_USERS in step.effects.waits
    return any(
        row.relation in oids
        and row.granted
        and (readers_count or mode_of_server_name(row.mode).conflicts_with(LockMode.SHARE))
        for row in catalog.rows(Lock)
    )
