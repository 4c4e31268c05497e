"""Session that is idle inside a transaction.

What: A session opened a transaction and has sent nothing for longer than the threshold.

Why it matters: It keeps its locks, so that a migration waits for it and everybody else behind the migration. Its
snapshot keeps VACUUM from removing any row version that died since, in every table. It also occupies a connection.

When it is harmless: Somebody is at work in a psql window and about to commit.

How to fix it safely: Find out from application_name who it is, then end it: its transaction is rolled back and the
client gets an error at its next statement. Set idle_in_transaction_session_timeout for the application's role, so that
it does not happen again, and look for code that calls other services between BEGIN and COMMIT.

How it is decided: The state in pg_stat_activity is "idle in transaction", aborted or not, and has been for longer than
the threshold.

Known limits: A scan sees one moment. Sessions of other roles hide their state from a role without pg_read_all_stats.

Sources: https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgRole, Session
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.activity import hidden_sessions, session_ref, terminate_fix
from probes.finding import Observed, Severity

_STATES = frozenset({"idle in transaction", "idle in transaction (aborted)"})


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    idle_seconds: float = 300
    """How long a session may be silent inside a transaction."""


@check(
    title="Session idle in a transaction",
    severity=Severity.HIGH,
    needs=Needs(areas=(Session, PgRole)),
    thresholds=At,
    sources=(
        "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT",
    ),
)
def idle_in_transaction(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each session that has been idle in a transaction for too long."""
    yield from hidden_sessions(catalog)
    for session in catalog.rows(Session):
        idle_seconds = session.state_age_seconds or 0.0
        if session.state in _STATES and idle_seconds >= at.idle_seconds:
            role = catalog.role(session.role or 0)
            yield Observed(
                object=session_ref(catalog, session),
                message=(
                    f"a session of {role.name if role else 'an unknown role'} in {session.database} "
                    f"({session.application_name or 'no application name'}) has been idle in a transaction for "
                    f"{idle_seconds:.0f} s: its locks stay, and VACUUM cannot clean up behind it"
                ),
                evidence={
                    "idle_seconds": round(idle_seconds),
                    "transaction_age_seconds": round(session.transaction_age_seconds or 0.0),
                    "has_written": session.xid_age is not None,
                    "holds_snapshot": session.xmin_age_xids is not None,
                    "is_aborted": session.state.endswith("(aborted)"),
                },
                remedy=terminate_fix(session, "the transaction it is in is rolled back"),
                key=(role.name if role else "", session.database or ""),
            )
