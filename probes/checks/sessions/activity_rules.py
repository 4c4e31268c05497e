"""What sessions, locks and prepared transactions are at this moment, as rows of data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import literal
from probes.catalog.rows import Lock, PgRole, PgSetting, PreparedTransaction, Session
from probes.check import Thresholds, Unchecked
from probes.checks._support.activity import client_sessions, hidden_sessions, session_ref, terminate_fix
from probes.checks._support.rules import Rule, check_of
from probes.checks._support.server_refs import SERVER
from probes.checks._support.setting_rules import setting_remedy, value_of
from probes.finding import Advice, ObjectRef, Observed, Severity

_ACTIVITY = "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW"


class NearAt(Thresholds, frozen=True):
    """How full is too full."""

    warning_ratio: float = 0.8
    grave_ratio: float = 0.9


class CountAt(Thresholds, frozen=True):
    """How many connections are too many without a pooler."""

    connections: int = 500


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


class ChurnAt(Thresholds, frozen=True):
    """What counts as short."""

    mean_age_seconds: float = 600
    connections: int = 50


def _number(catalog: Catalog, name: str, default: int = 0) -> int:
    setting = catalog.setting(name)
    return int(value_of(setting)) if setting else default


def _near_max(catalog: Catalog, at: NearAt) -> Iterator[Observed]:
    most = _number(catalog, "max_connections", 100)
    usable = most - _number(catalog, "superuser_reserved_connections", 3) - _number(catalog, "reserved_connections")
    kinds = {"client backend", None}
    used = sum(session.backend_type in kinds for session in catalog.rows(Session))
    if usable > 0 and used / usable >= at.warning_ratio:
        yield Observed(
            object=SERVER,
            message=f"{used} of {usable} connections for applications are in use: beyond that logins fail",
            evidence={"connections": used, "usable_connections": usable, "max_connections": most},
            remedy=Advice(
                "Put a pooler in front or make pools smaller; raising max_connections costs memory. Which pool is too "
                "large SQL cannot decide."
            ),
            severity=Severity.HIGH if used / usable >= at.grave_ratio else Severity.MEDIUM,
        )


def _many(catalog: Catalog, at: CountAt) -> Iterator[Observed]:
    used = sum(session.backend_type == "client backend" for session in catalog.rows(Session))
    if used > at.connections:
        yield Observed(
            object=SERVER,
            message=f"{used} sessions are open: each snapshot and each idle process costs the others",
            evidence={"connections": used},
            remedy=Advice("Put a pooler such as PgBouncer in front, in transaction mode. It lives outside of SQL."),
        )


def _by_state(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    states = Counter(session.state or "hidden" for session in catalog.rows(Session) if session.backend_type)
    if states:
        yield Observed(
            object=SERVER,
            message="sessions: " + ", ".join(f"{count} {state}" for state, count in states.most_common()),
            evidence={state.replace(" ", "_"): count for state, count in states.items()},
            remedy=Advice("Nothing to repair: it shows how the server is used at this moment."),
        )


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
    slots = _number(catalog, "max_locks_per_transaction", 64) * (
        _number(catalog, "max_connections", 100) + _number(catalog, "max_prepared_transactions")
    )
    held = sum(row.count for row in catalog.rows(Lock))
    if slots and held / slots > at.ratio:
        setting = catalog.setting("max_locks_per_transaction")
        doubled = str(_number(catalog, "max_locks_per_transaction", 64) * 2)
        yield Observed(
            object=SERVER,
            message=f"{held} relation locks are held in this database, and the lock table is made for {slots}",
            evidence={"relation_locks": held, "lock_table_slots": slots},
            remedy=setting_remedy(catalog, setting, doubled) if setting else Advice("Raise max_locks_per_transaction."),
        )


def _churn(catalog: Catalog, at: ChurnAt) -> Iterator[Observed]:
    ages = [
        session.backend_age_seconds for session in client_sessions(catalog) if session.backend_age_seconds is not None
    ]
    if len(ages) >= at.connections and sum(ages) / len(ages) < at.mean_age_seconds:
        yield Observed(
            object=SERVER,
            message=f"{len(ages)} sessions are {sum(ages) / len(ages):.0f} s old on average: clients keep connecting",
            evidence={"sessions": len(ages), "mean_age_seconds": round(sum(ages) / len(ages))},
            remedy=Advice("Use a pool in the application or a pooler in front of the server; neither is SQL."),
        )


def _plain(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    bare = [session for session in catalog.rows(Session) if session.is_remote and session.uses_tls is False]
    for name in sorted({_owner(catalog, session) for session in bare}):
        count = sum(_owner(catalog, session) == name for session in bare)
        yield Observed(
            object=ObjectRef("role", name),
            message=f"{count} sessions of {name} came over the network without TLS",
            evidence={"sessions": count},
            remedy=Advice(
                "Set sslmode=verify-full for this client, then hostssl in pg_hba.conf; both are outside of SQL."
            ),
        )


def _owner(catalog: Catalog, session: Session) -> str:
    role = catalog.role(session.role or 0)
    return role.name if role else "unknown"


_WHO = (Session, PgRole)

_RULES = (
    Rule(
        id="sessions/connections_near_max",
        title="Connections are nearly used up",
        severity=Severity.HIGH,
        areas=(Session, PgSetting),
        thresholds=NearAt,
        judge=_near_max,
        what="More than four fifths of the connections that applications may open are open.",
        why="When they are used up every further login fails, monitoring included, and often the retries make it "
        "worse.",
        harmless="Pools are full on purpose and can never ask for more.",
        fix="Find the pools that are larger than they need to be: pg_stat_activity by application and state.",
        decided="Client sessions against max_connections less those kept for superusers and, from 16 on, reserved "
        "ones.",
        limits="One moment. Limits of single roles and databases are not counted.",
        source="https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS",
    ),
    Rule(
        id="sessions/too_many_connections_absolute",
        title="Very many sessions",
        severity=Severity.LOW,
        areas=(Session,),
        thresholds=CountAt,
        judge=_many,
        what="There are more than five hundred client sessions.",
        why="Every process takes memory for its catalog caches, and taking a snapshot looks at all of them.",
        harmless="A large machine on version 14 or later copes with mostly idle ones.",
        fix="A pooler lets a few dozen server sessions do the work of thousands of clients.",
        decided="Client backends, whatever their state.",
        limits="The number is a habit, not a law.",
        source="https://www.postgresql.org/docs/current/runtime-config-connection.html",
    ),
    Rule(
        id="sessions/by_state_and_source",
        title="Sessions by state",
        severity=Severity.INFO,
        areas=(Session,),
        judge=_by_state,
        what="How many sessions are active, idle and idle in a transaction.",
        why="It tells at a glance whether a pool is too large or the server too slow.",
        harmless="Information only.",
        fix="Nothing to be done.",
        decided="A count at the time of the scan.",
        limits="States of other roles may be hidden and are counted as such.",
        source=_ACTIVITY,
        pedantic=True,
    ),
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
    Rule(
        id="sessions/connection_churn",
        title="Sessions are short-lived",
        severity=Severity.LOW,
        areas=(Session,),
        thresholds=ChurnAt,
        judge=_churn,
        what="Fifty sessions or more are open, and on average they are younger than ten minutes.",
        why="Each connection forks a process, checks a password and fills its caches anew, for milliseconds of work.",
        harmless="The application was restarted minutes ago.",
        fix="Keep connections: a pool, with a lifetime of half an hour.",
        decided="The mean age of client sessions at this moment.",
        limits="From 14 on pg_stat_database counts sessions, which a monitor can watch.",
        source=_ACTIVITY,
    ),
    Rule(
        id="security/session_without_tls",
        title="Sessions without TLS over the network",
        severity=Severity.LOW,
        areas=_WHO,
        judge=_plain,
        what="Clients on other machines are connected without encryption.",
        why="What they send and receive, and with some methods their password, can be read on the way.",
        harmless="The way between is a tunnel, or the pooler on the same host connects by TCP.",
        fix="Make the client ask for TLS first, then require it.",
        decided="pg_stat_ssl of sessions with a client address.",
        limits="Loopback connections count as remote: the address is not kept in a catalog.",
        source="https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-SSL-VIEW",
    ),
)

CHECKS = tuple(check_of(rule) for rule in _RULES)
