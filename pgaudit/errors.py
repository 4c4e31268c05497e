"""Every error a user of pgaudit can meet. Each says in one line what happened and what to do next.

PgauditError                       has `exit_code`, `happened`, `advice`
├── UsageError                     exit 2: the command, the target or the configuration has to change
│   ├── NoTarget                   nothing names a database
│   ├── BadTarget                  the URL or connection string cannot mean a database
│   │   └── UnknownTargetName      no target of that name is configured
│   ├── BadConfiguration           a configuration file or an option has a wrong value
│   ├── OutputNotWritable          the report cannot be written where it was asked for
│   └── MissingExtra               an optional part of pgaudit is not installed
├── TargetError                    exit 3: the target is clear, but cannot be audited
│   ├── ConnectionFailed           no session could be opened
│   │   ├── Unreachable            nothing answers there
│   │   │   └── NoAnswer           something may be there, but said nothing in time
│   │   ├── NotPostgreSQL          something answers that is not PostgreSQL
│   │   ├── TlsFailed              the two sides cannot agree on encryption
│   │   ├── AuthenticationFailed   wrong or missing password, unknown role, no login
│   │   ├── NoHbaEntry             pg_hba.conf has no line for this host, role and database
│   │   ├── UnknownDatabase        the server has no such database
│   │   ├── ConnectNotGranted      the role may not connect to this database
│   │   ├── TooManyConnections     no connection slot is free
│   │   ├── StartingUp             the server is starting, stopping or recovering
│   │   ├── PoolerRefused          a connection pooler refused the session
│   │   └── ServerRefused          any other refusal, in the server's words
│   ├── ServerTooOld               PostgreSQL before 13
│   ├── EmbeddedServerFailed       the server that pgaudit brings along could not be started
│   ├── ConnectionLost             the session ended in the middle of the audit
│   ├── SnapshotUnreadable         the snapshot file cannot be opened
│   ├── SnapshotCorrupt            the file is not a whole snapshot
│   ├── SnapshotTooNew             the file was written by a newer pgaudit
│   ├── ReportUnreadable           the saved report cannot be opened, or is none
│   ├── ReportTooNew               the saved report was written by a newer pgaudit
│   ├── NoMigrationsFound          the gate was pointed at a place without migrations
│   ├── NoStatements               a question about a query, to a database that shows none
│   ├── StoreFailed                the store of runs cannot be opened, read or written
│   └── StoreTooNew                the store was written by a newer pgaudit
├── AuditIncomplete                exit 4: something could not be checked and --strict was given
├── InternalError                  exit 5: a mistake in pgaudit itself
└── Interrupted                    exit 130 or 143: a signal ended the run

Importing this module loads no driver. Probes raise small errors of their own; the command line maps them onto these.
"""
# ruff: noqa: N818 -- an error is named after what happened; the base class carries the word

import re
import signal
from collections.abc import Collection, Sequence
from enum import IntEnum
from pathlib import Path

from pgaudit.version import OLDEST_MAJOR

# C0 and C1 controls, line separators and bidirectional marks: a server's or a file's text must not steer a terminal.
_NOT_PRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_MESSAGE_CHARACTERS = 400


class ExitCode(IntEnum):
    """What a run says to the shell."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    TARGET = 3
    INCOMPLETE = 4
    INTERNAL = 5
    SIGINT = 130
    SIGTERM = 143


def one_line(text: str) -> str:
    """Returns `text` on one line, without control characters, cut to a length that fits a terminal."""
    printable = " ".join(_NOT_PRINTED.sub(" ", text).split())
    if len(printable) <= _MESSAGE_CHARACTERS:
        return printable
    return printable[: _MESSAGE_CHARACTERS - 1] + "…"


class PgauditError(Exception):
    """What happened and what to do next; `str()` gives both on one line.

    Attributes:
        happened: what went wrong, without secrets.
        advice: what the reader should do next.
    """

    exit_code: ExitCode = ExitCode.INTERNAL

    def __init__(self, happened: str, advice: str) -> None:
        self.happened = one_line(happened).rstrip(".")
        self.advice = one_line(advice).rstrip(".")
        super().__init__(f"{self.happened}: {self.advice}")


class UsageError(PgauditError):
    """The command, the target or the configuration has to change."""

    exit_code = ExitCode.USAGE


class NoTarget(UsageError):
    """Nothing names a database. pgaudit never falls back to a server on localhost."""

    EXAMPLES = (
        "pgaudit scan postgresql://user@host:5432/database",
        "PGAUDIT_DATABASE_URL=postgresql://user@host/database pgaudit scan",
        "PGSERVICE=staging pgaudit scan",
    )

    def __init__(self, empty: Sequence[str] = ()) -> None:
        self.empty = tuple(empty)
        because = f"{' and '.join(empty)} {'is' if len(empty) == 1 else 'are'} empty" if empty else "nothing names one"
        super().__init__(f"no database to audit ({because})", "for example " + ", or ".join(self.EXAMPLES))


class BadTarget(UsageError):
    """The URL or connection string cannot mean a database. Its text is never repeated: it may hold a password."""

    def __init__(self, problem: str, advice: str, *, source: str = "the target") -> None:
        self.problem = problem
        self.source = source
        super().__init__(f"{source} {problem}", advice)


class UnknownTargetName(BadTarget):
    """No target of that name is configured."""

    def __init__(self, name: str, configured: Collection[str]) -> None:
        self.name = name
        self.configured = tuple(sorted(configured))
        known = f"one of {', '.join(self.configured)}" if self.configured else "none is configured"
        super().__init__(
            f"{name} is not the name of a configured target ({known})",
            f"for the database of that name write dbname={name} or a postgresql:// URL",
            source="the target",
        )


class BadConfiguration(UsageError):
    """A configuration file or an option has a wrong value."""

    def __init__(self, where: str, problem: str, advice: str) -> None:
        self.where = where
        self.problem = problem
        super().__init__(f"{where}: {problem}", advice)


class OutputNotWritable(UsageError):
    """The report cannot be written where it was asked for."""

    def __init__(self, path: Path, reason: str, *, advice: str = "choose another path with --output") -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"cannot write {path} ({reason})", advice)


class MissingExtra(UsageError):
    """An optional part of pgaudit is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        self.feature = feature
        self.extra = extra
        super().__init__(f"{feature} is not installed", f"install it with: pip install 'pgaudit-cli[{extra}]'")


class TargetError(PgauditError):
    """The target is clear, but it cannot be audited."""

    exit_code = ExitCode.TARGET


class ConnectionFailed(TargetError):
    """No session could be opened. `target` is a display name, `reason` a server's or driver's text without secrets."""

    def __init__(self, target: str, happened: str, advice: str, *, reason: str = "") -> None:
        self.target = target
        self.reason = one_line(reason)
        super().__init__(f"{happened} ({self.reason})" if self.reason else happened, advice)


class Unreachable(ConnectionFailed):
    """Nothing answers at the host and port."""

    def __init__(self, target: str, reason: str = "") -> None:
        super().__init__(
            target,
            f"cannot reach {target}",
            "check host, port, firewall and that the server is running",
            reason=reason,
        )


class NoAnswer(Unreachable):
    """Something may be there, but said nothing in time."""


class NotPostgreSQL(ConnectionFailed):
    """Something answers that is not PostgreSQL."""

    def __init__(self, target: str, reason: str = "") -> None:
        super().__init__(
            target,
            f"{target} does not answer like PostgreSQL",
            "check the port: PostgreSQL listens on 5432 unless told otherwise",
            reason=reason,
        )


class TlsFailed(ConnectionFailed):
    """The two sides cannot agree on encryption, or the certificate is not trusted."""

    def __init__(self, target: str, reason: str = "") -> None:
        super().__init__(
            target,
            f"no encrypted connection to {target}",
            "set sslmode (require, verify-full with sslrootcert, or disable where the network is trusted)",
            reason=reason,
        )


class AuthenticationFailed(ConnectionFailed):
    """Wrong or missing password, unknown role, or a role that may not log in."""

    def __init__(self, target: str, reason: str = "") -> None:
        super().__init__(
            target,
            f"{target} refused the login",
            "check user and password; a password belongs into ~/.pgpass, PGPASSWORD or the URL, percent-encoded",
            reason=reason,
        )


class NoHbaEntry(ConnectionFailed):
    """pg_hba.conf has no line for this host, role and database."""

    def __init__(self, target: str, reason: str = "") -> None:
        super().__init__(
            target,
            f"{target} does not accept this client",
            "have the client address, role and database allowed in pg_hba.conf (or the provider's network list), "
            "or set sslmode=require if only encrypted connections are allowed",
            reason=reason,
        )


class UnknownDatabase(ConnectionFailed):
    """The server has no such database."""

    def __init__(self, target: str, reason: str = "") -> None:
        super().__init__(
            target,
            f"{target}: there is no such database",
            "check the last part of the URL; psql -l lists the server's databases",
            reason=reason,
        )


class ConnectNotGranted(ConnectionFailed):
    """The role may not connect to this database."""

    def __init__(self, target: str, reason: str = "") -> None:
        super().__init__(
            target,
            f"{target}: the role may not connect to this database",
            "have its owner run: grant connect on database <database> to <role>",
            reason=reason,
        )


class TooManyConnections(ConnectionFailed):
    """No connection slot is free."""

    def __init__(self, target: str, reason: str = "") -> None:
        super().__init__(
            target,
            f"{target} has no free connection",
            "try again later, or use a role with a free connection limit; pgaudit needs one connection",
            reason=reason,
        )


class StartingUp(ConnectionFailed):
    """The server is starting, stopping or recovering."""

    def __init__(self, target: str, reason: str = "") -> None:
        super().__init__(target, f"{target} is not ready", "try again when the server has started", reason=reason)


class PoolerRefused(ConnectionFailed):
    """A connection pooler refused the session."""

    def __init__(self, target: str, reason: str = "") -> None:
        super().__init__(
            target,
            f"the connection pooler at {target} refused the session",
            "use the server's direct URL, or remove options and other startup parameters from the URL and PGOPTIONS",
            reason=reason,
        )


class ServerRefused(ConnectionFailed):
    """Any other refusal, in the server's words."""

    def __init__(self, target: str, reason: str = "") -> None:
        super().__init__(
            target,
            f"{target} refused the connection",
            "the text in brackets is the server's; `pgaudit doctor` tries the connection alone",
            reason=reason,
        )


class ServerTooOld(TargetError):
    """PostgreSQL before 13, the oldest release that pgaudit reads."""

    def __init__(self, target: str, server_version: str) -> None:
        self.target = target
        self.server_version = server_version
        super().__init__(
            f"{target} runs PostgreSQL {server_version}, pgaudit reads {OLDEST_MAJOR} and later",
            "upgrade the server: its community support has ended",
        )


class EmbeddedServerFailed(TargetError):
    """The server that pgaudit brings along could not be started."""

    def __init__(self, what: str, advice: str, *, reason: str = "") -> None:
        self.reason = one_line(reason)
        super().__init__(
            f"the embedded PostgreSQL {what} ({self.reason})" if reason else f"the embedded PostgreSQL {what}", advice
        )


class ConnectionLost(TargetError):
    """The session ended in the middle of the audit."""

    def __init__(self, target: str, reason: str = "", *, during: str = "the audit") -> None:
        self.target = target
        self.reason = one_line(reason)
        self.during = during
        because = f" ({self.reason})" if self.reason else ""
        super().__init__(
            f"lost the connection to {target} during {during}{because}",
            "look into the server's log for the reason, then run again",
        )


class SnapshotUnreadable(TargetError):
    """The snapshot file cannot be opened."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"cannot read the snapshot {path} ({reason})", "check the path and its permissions")


class SnapshotCorrupt(TargetError):
    """The file is not a whole snapshot."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"{path} is not a whole pgaudit snapshot ({reason})", "take it again with: pgaudit snapshot -o"
        )


class SnapshotTooNew(TargetError):
    """The file was written by a newer pgaudit."""

    def __init__(self, path: Path, *, found: int, supported: int) -> None:
        self.path = path
        self.found = found
        self.supported = supported
        super().__init__(
            f"{path} has snapshot format {found}, this pgaudit reads up to {supported}",
            "upgrade with: pip install --upgrade pgaudit-cli",
        )


class ReportUnreadable(TargetError):
    """The saved report cannot be opened, or is none."""

    def __init__(
        self, path: Path | str, reason: str, *, advice: str = "name a file that pgaudit wrote as json"
    ) -> None:
        self.path = path
        self.reason = reason
        super().__init__(f"cannot read the report {path} ({reason})", advice)


class ReportTooNew(TargetError):
    """The saved report was written by a newer pgaudit."""

    def __init__(self, path: Path | str, *, found: str, supported: str) -> None:
        self.path = path
        self.found = found
        self.supported = supported
        super().__init__(
            f"{path} has the contract {found}, this pgaudit reads up to {supported}",
            "upgrade with: pip install --upgrade pgaudit-cli",
        )


class NoMigrationsFound(TargetError):
    """The gate was pointed at a place without migrations."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(f"no migrations found in {place}", "name their folder or files: pgaudit gate FOLDER")


class NoStatements(TargetError):
    """The database shows no statement that could be asked about."""

    def __init__(self, database: str, reason: str, needs: str | None = None) -> None:
        self.database = database
        self.reason = reason
        super().__init__(
            f"no query of {database} can be answered about: {reason}",
            needs or "see `pgaudit doctor` for what pg_stat_statements needs",
        )


class StoreFailed(TargetError):
    """The store of runs cannot be opened, read or written."""

    def __init__(self, store: str, problem: str, advice: str = "check the path or URL given to --store") -> None:
        self.store = store
        self.problem = problem
        super().__init__(f"the store {store} failed: {problem}", advice)


class StoreTooNew(TargetError):
    """The store was written by a newer pgaudit."""

    def __init__(self, store: str, found: str, advice: str = "upgrade with: pip install --upgrade pgaudit-cli") -> None:
        self.store = store
        self.found = found
        super().__init__(f"the store {store} is at version {found}, which this pgaudit does not know", advice)


class AuditIncomplete(PgauditError):
    """Something could not be checked, and --strict turns that into a failure."""

    exit_code = ExitCode.INCOMPLETE

    def __init__(self, not_checked: int) -> None:
        self.not_checked = not_checked
        things = "1 check" if not_checked == 1 else f"{not_checked} checks"
        super().__init__(f"{things} could not run", "`pgaudit doctor` prints the missing privileges; or drop --strict")


class InternalError(PgauditError):
    """A mistake in pgaudit itself."""

    exit_code = ExitCode.INTERNAL

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(
            f"pgaudit failed: {what}", "please report it with what `pgaudit --debug` and the same command print"
        )


class Interrupted(PgauditError):
    """A signal ended the run; what was gathered has been written."""

    def __init__(self, signal_number: int = signal.SIGINT) -> None:
        self.signal_number = signal_number
        self.exit_code = ExitCode.SIGTERM if signal_number == signal.SIGTERM else ExitCode.SIGINT
        super().__init__(
            f"stopped by {signal.Signals(signal_number).name}",
            "the report holds what was finished until then; run again for the rest",
        )
