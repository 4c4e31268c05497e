"""A CONCURRENTLY statement will wait for transactions that are open now.

What: CREATE, DROP or REINDEX INDEX CONCURRENTLY, or DETACH PARTITION CONCURRENTLY, while a transaction that began
before is open: a session older than a minute, a prepared transaction, or one that the script itself prepares and does
not end.

Why it matters: Such a statement ends only when every older transaction has ended. Nobody waits for it, but the deploy
stands still, VACUUM cannot remove dead rows meanwhile, and where somebody gives up and kills it an invalid index is
left.

When it is harmless: The old transaction ends soon. Transactions in other databases do not matter, except prepared
ones and those that hold back the whole server's horizon.

What to do: End the old sessions first (pg_stat_activity has them), COMMIT PREPARED or ROLLBACK PREPARED what was
forgotten, and set idle_in_transaction_session_timeout.

Known limits: What is open when the migration runs is not what was open when the database was looked at; the finding
carries its age.

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
    insert into items values (1);
    prepare transaction 'import';
    commit prepared 'import';
    create index concurrently on items (note);

Safe::

    create index concurrently on items (note);
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PreparedTransaction, Session
from probes.finding import Severity
from probes.sql.tree.enums import TransactionKind
from probes.sql.tree.utility import Transaction

_OLD_SECONDS = 60.0


@script_rule(
    "Waits for old transactions",
    area=Area.LOCKS,
    severity=Severity.LOW,
    triggers=("+waits",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag statements that wait for what is known to be open."""
    open_now = _open_now(script.look.catalog) if script.look.catalog is not None else ""
    prepared: set[str] = set()
    for step in script.steps:
        if isinstance(step.tree, Transaction):
            _follow(step.tree, prepared)
        elif step.effects.waits and not step.effects.is_refused:
            found = f"prepared transaction {', '.join(sorted(prepared))} of this script" if prepared else open_now
            if found:
                yield step, Flag(message=f"it waits until it has ended: {found}")


def _follow(tree: Transaction, prepared: set[str]) -> None:
    name = tree.prepared_id or ""
    if tree.kind is TransactionKind.PREPARE:
        prepared.add(name)
    elif tree.kind in {TransactionKind.COMMIT_PREPARED, TransactionKind.ROLLBACK_PREPARED}:
        prepared.discard(name)


def _open_now(catalog: Catalog) -> str:
    here = catalog.server.database
    ages: list[float] = []
    if not catalog.absent(PreparedTransaction):
        ages = [row.age_seconds for row in catalog.rows(PreparedTransaction) if row.database == here]
        if ages:
            return f"a prepared transaction, {max(ages):,.0f} seconds old when the database was looked at"
    if not catalog.absent(Session):
        ages = [row.transaction_age_seconds or 0.0 for row in catalog.rows(Session) if row.database == here]
    oldest = max(ages, default=0.0)
    return (
        f"a session's transaction, {oldest:,.0f} seconds old when the database was looked at"
        if oldest > _OLD_SECONDS
        else ""
    )
