"""How many connections there are, of whom and how, as rows of data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgRole, PgSetting, Session
from probes.check import Thresholds
from probes.checks._support.activity import client_sessions
from probes.checks._support.rules import Rule, check_of
from probes.checks._support.server_refs import SERVER
from probes.checks._support.setting_rules import number_of
from probes.finding import Advice, ObjectRef, Observed, Severity

_ACTIVITY = "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW"


class NearAt(Thresholds, frozen=True):
    """How full is too full."""

    warning_ratio: float = 0.8
    grave_ratio: float = 0.9


class CountAt(Thresholds, frozen=True):
    """How many connections are too many without a pooler."""

    connections: int = 500


class ChurnAt(Thresholds, frozen=True):
    """What counts as short."""

    mean_age_seconds: float = 600
    connections: int = 50


def _near_max(catalog: Catalog, at: NearAt) -> Iterator[Observed]:
    most = number_of(catalog, "max_connections", 100)
    usable = most - number_of(catalog, "superuser_reserved_connections", 3) - number_of(catalog, "reserved_connections")
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
        areas=(Session, PgRole),
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
