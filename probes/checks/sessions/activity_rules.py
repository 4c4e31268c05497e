"""What sessions, locks and prepared transactions are at this moment, as rows of data."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import literal
from probes.catalog.rows import Lock, PgRole, PgSetting, PreparedTransaction, Session
from probes.check import Thresholds, Unchecked
from probes.checks._support.activity import client_sessions, hidden_sessions, session_ref, terminate_fix
from probes.checks._support.rules import Rule, check_of
from probes.checks._support.server_refs import SERVER
from probes.checks._support.setting_rules import number_of, setting_remedy
from probes.finding import Advice, ObjectRef, Observed, Severity

_ACTIVITY = "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW"


class QueryAt(Thresholds, frozen=True):
    """How long is long."""

    query_seconds: float = 300


class TransactionAt(Thresholds, frozen=True):
    """How long is long."""

    transaction_seconds: float = 3600


class WaitAt(Thresholds, frozen=True):
    """How long a wait is worth a word."""

    wait_seconds: float = 5


class PreparedAt(Thresholds, frozen=True):
    """How old is old."""

    age_seconds: float = 300


class LockAt(Thresholds, frozen=True):
    """How full the lock table may be."""

    ratio: float = 0.5


def _long_query(catalog: Catalog, at: QueryAt) -> Iterator[Observed | Unchecked]:
    yield from hidden_sessions(catalog)
    for session in client_sessions(catalog):
        seconds = session.query_age_seconds or 0.0
        if session.state == "active" and seconds >= at.query_seconds:
            yield _session(
                catalog, session, f"has been running one statement for {seconds:.0f} s", "query_seconds", seconds
            )


def _long_transaction(catalog: Catalog, at: TransactionAt) -> Iterator[Observed | Unchecked]:
    yield from hidden_sessions(catalog)
    for session in client_sessions(catalog):
        seconds = session.transaction_age_seconds or 0.0
        if seconds >= at.transaction_seconds:
            words = f"has had its transaction open for {seconds:.0f} s: VACUUM cannot remove what died since"
            yield _session(catalog, session, words, "transaction_seconds", seconds)


def _session(catalog: Catalog, session: Session, words: str, unit: str, seconds: float) -> Observed:
    role = catalog.role(session.role or 0)
    name = role.name if role else ""
    return Observed(
        object=session_ref(catalog, session),
        message=f"a session of {name or 'an unknown role'} in {session.database} {words}",
        evidence={unit: round(seconds), "state": session.state, "xmin_age_xids": session.xmin_age_xids},
        remedy=terminate_fix(session, "what it does is rolled back"),
        key=(name, session.database or ""),
    )


def _blocked(catalog: Catalog, at: WaitAt) -> Iterator[Observed | Unchecked]:
    yield from hidden_sessions(catalog)
    sessions = {session.pid: session for session in catalog.rows(Session)}
    victims: dict[int, list[Session]] = {}
    for session in sessions.values():
        if session.blocked_by and (session.query_age_seconds or 0.0) >= at.wait_seconds:
            for pid in _roots(session, sessions):
                victims.setdefault(pid, []).append(session)
    for pid, waiting in victims.items():
        if pid in sessions:
            yield _blocker(catalog, sessions[pid], waiting)


def _roots(session: Session, sessions: dict[int, Session]) -> set[int]:
    """Process numbers at the head of the queue in which the session stands."""
    found: set[int] = set()
    seen: set[int] = set()
    pending = list(session.blocked_by)
    while pending:
        pid = pending.pop()
        if pid in seen:
            continue
        seen.add(pid)
        blocker = sessions.get(pid)
        if blocker and blocker.blocked_by:
            pending += blocker.blocked_by
        else:
            found.add(pid)
    return found


def _blocker(catalog: Catalog, session: Session, waiting: list[Session]) -> Observed:
    longest = max(one.query_age_seconds or 0.0 for one in waiting)
    role = catalog.role(session.role or 0)
    return Observed(
        object=session_ref(catalog, session),
        message=(
            f"a session of {role.name if role else 'an unknown role'} ({session.state or 'state hidden'}) makes "
            f"{len(waiting)} others wait for its locks, the longest for {longest:.0f} s"
        ),
        evidence={"waiting_sessions": len(waiting), "longest_wait_seconds": round(longest), "state": session.state},
        remedy=terminate_fix(session, "its transaction is rolled back and the others go on"),
        key=(role.name if role else "", session.database or ""),
    )


def _prepared(catalog: Catalog, at: PreparedAt) -> Iterator[Observed]:
    old = [row for row in catalog.rows(PreparedTransaction) if row.age_seconds >= at.age_seconds]
    by_owner: dict[tuple[str, str], list[PreparedTransaction]] = {}
    for row in old:
        by_owner.setdefault((row.database, row.owner), []).append(row)
    for (database, owner), rows in sorted(by_owner.items()):
        oldest = max(row.age_seconds for row in rows)
        find = (
            "select p.gid, p.prepared from pg_catalog.pg_prepared_xacts as p "
            f"where p.database = {literal(database).strip()} and p.owner = {literal(owner).strip()}"
        )
        yield Observed(
            object=ObjectRef("database", database),
            message=f"{len(rows)} prepared transactions of {owner} in {database} hang, one for {oldest:.0f} s",
            evidence={
                "transactions": len(rows),
                "age_seconds": round(oldest),
                "age_xids": max(r.xid_age for r in rows),
            },
            remedy=Advice(
                f"List them ({find}), ask the transaction manager how each ended, then COMMIT PREPARED or ROLLBACK "
                "PREPARED. Which of the two is right only it knows."
            ),
            key=(owner,),
        )


def _lock_table(catalog: Catalog, at: LockAt) -> Iterator[Observed]:
    slots = number_of(catalog, "max_locks_per_transaction", 64) * (
        number_of(catalog, "max_connections", 100) + number_of(catalog, "max_prepared_transactions")
    )
    held = sum(row.count for row in catalog.rows(Lock))
    if slots and held / slots > at.ratio:
        setting = catalog.setting("max_locks_per_transaction")
        doubled = str(number_of(catalog, "max_locks_per_transaction", 64) * 2)
        yield Observed(
            object=SERVER,
            message=f"{held} relation locks are held in this database, and the lock table is made for {slots}",
            evidence={"relation_locks": held, "lock_table_slots": slots},
            remedy=setting_remedy(catalog, setting, doubled) if setting else Advice("Raise max_locks_per_transaction."),
        )


_WHO = (Session, PgRole)


_RULES = (
    Rule(
        id="sessions/long_running_query",
        title="Statement that has been running for long",
        severity=Severity.MEDIUM,
        areas=_WHO,
        thresholds=QueryAt,
        judge=_long_query,
        what="A client's statement has been running for more than five minutes.",
        why="It keeps locks and a snapshot and takes a processor, often for an answer nobody waits for any more.",
        harmless="A report, a backup or the build of an index.",
        fix="Ask who sent it. pg_cancel_backend is gentler than ending the session; statement_timeout keeps it from "
        "happening again.",
        decided="Active client sessions by the age of their statement. Replication and the server's own processes "
        "are left out.",
        limits="One moment; and COPY to a slow client looks like work.",
        source=_ACTIVITY,
    ),
    Rule(
        id="sessions/long_transaction",
        title="Transaction that has been open for long",
        severity=Severity.HIGH,
        areas=_WHO,
        thresholds=TransactionAt,
        judge=_long_transaction,
        what="A client's transaction began more than an hour ago.",
        why="No row version that has died since can be removed anywhere in the database, so tables and indexes grow, "
        "and queries slow down with them.",
        harmless="pg_dump of a large database takes its time.",
        fix="Find out what it waits for. transaction_timeout (17) or idle_in_transaction_session_timeout sets a limit.",
        decided="xact_start of client sessions, idle or active.",
        limits="Prepared transactions are sessions/prepared_transactions, slots are replication/*.",
        source="https://www.postgresql.org/docs/current/routine-vacuuming.html",
    ),
    Rule(
        id="sessions/blocked_sessions",
        title="Session that others wait for",
        severity=Severity.HIGH,
        areas=_WHO,
        thresholds=WaitAt,
        judge=_blocked,
        what="Sessions wait for locks, and this one stands at the head of their queue.",
        why="Whoever comes next queues up behind them, even for a lock that would not conflict with the holder's.",
        harmless="The holder is a migration that is about to end.",
        fix="Look at what the holder does. Ending it frees the queue at once; its work is rolled back.",
        decided="pg_blocking_pids of every session that waits, followed to sessions that wait for nobody. All kinds "
        "of locks count.",
        limits="Waits shorter than five seconds are left out, measured by the age of the statement.",
        source="https://www.postgresql.org/docs/current/explicit-locking.html",
        aliases=("sessions/lock_tree",),
    ),
    Rule(
        id="sessions/prepared_transactions",
        title="Prepared transaction that nobody finishes",
        severity=Severity.HIGH,
        areas=(PreparedTransaction,),
        thresholds=PreparedAt,
        judge=_prepared,
        what="A transaction was prepared for two-phase commit minutes ago and was neither committed nor rolled back.",
        why="It keeps all its locks and holds back VACUUM, across restarts, without a session that could be seen.",
        harmless="A transaction manager is just about to decide.",
        fix="The manager's log says how it was meant to end. Where nothing uses two-phase commit, set "
        "max_prepared_transactions to 0 afterwards.",
        decided="Their age, by database and owner.",
        limits="What it has locked is not listed.",
        source="https://www.postgresql.org/docs/current/sql-prepare-transaction.html",
        aliases=("sessions/prepared_transaction_locks",),
    ),
    Rule(
        id="sessions/lock_count",
        title="The lock table fills up",
        severity=Severity.MEDIUM,
        areas=(Lock, PgSetting),
        thresholds=LockAt,
        judge=_lock_table,
        what="Relation locks of this database take more than half of the places in the shared lock table.",
        why='When it is full, statements fail with "out of shared memory", and even new connections may.',
        harmless="A dump of thousands of tables is running.",
        fix="Raise max_locks_per_transaction and restart, or touch fewer partitions in a transaction.",
        decided="Locks at this moment against the product of the settings the table is made from.",
        limits="Locks of other databases take places too and are not seen here.",
        source="https://www.postgresql.org/docs/current/runtime-config-locks.html",
    ),
)


CHECKS = tuple(check_of(rule) for rule in _RULES)
