"""Why a connection could not be opened: the texts of libpq and of servers made into pgaudit's errors.

libpq hands over no SQLSTATE for a failed connection, only text. A server that speaks another language than English gets
`ServerRefused` with its own words.
"""

import re

from pgaudit.errors import (
    AuthenticationFailed,
    BadConfiguration,
    ConnectionFailed,
    ConnectNotGranted,
    NoAnswer,
    NoHbaEntry,
    NotPostgreSQL,
    PgauditError,
    PoolerRefused,
    ServerRefused,
    StartingUp,
    TlsFailed,
    TooManyConnections,
    UnknownDatabase,
    Unreachable,
)

_Failure = (
    type[AuthenticationFailed]
    | type[ConnectNotGranted]
    | type[NoHbaEntry]
    | type[NotPostgreSQL]
    | type[PoolerRefused]
    | type[ServerRefused]
    | type[StartingUp]
    | type[TlsFailed]
    | type[TooManyConnections]
    | type[UnknownDatabase]
    | type[Unreachable]
)


def _any_of(*phrases: str) -> re.Pattern[str]:
    return re.compile("|".join(phrases), re.MULTILINE)


# The first that matches wins. With several hosts or addresses the text holds every attempt, so what shows that a server
# was really reached comes first. PgBouncer, Supavisor and Neon's proxy have words of their own.
_FAILURES: tuple[tuple[_Failure, re.Pattern[str]], ...] = (
    (PoolerRefused, _any_of("unsupported startup parameter")),
    (
        TooManyConnections,
        _any_of(
            "too many clients",
            "too many connections",
            "remaining connection slots",
            "no more connections allowed",
            "max client connections reached",
            "maxclientsinsessionmode",
            "query_wait_timeout",
        ),
    ),
    (
        StartingUp,
        _any_of(
            "system is starting up",
            "system is shutting down",
            "not yet accepting connections",
            "system is not accepting connections",
            "in recovery mode",
            "couldn't connect to compute",
            "control plane request failed",
            "endpoint is in transition",
            "server_login_retry",
            "server login has been failing",
        ),
    ),
    (NoHbaEntry, _any_of(r"no pg_hba\.conf entry", r"pg_hba\.conf rejects")),
    (
        AuthenticationFailed,
        _any_of(
            "authentication failed",
            "authentication is required",
            "no password supplied",
            "wrong password",
            "server asked for password",
            "role .* does not exist",
            "is not permitted to log in",
            "no such user",
            "tenant or user not found",
            "could not initiate gssapi",
            "authentication method requirement",
        ),
    ),
    (UnknownDatabase, _any_of("database .* does not exist", "no such database")),
    (ConnectNotGranted, _any_of("permission denied for database", "is not currently accepting connections")),
    (
        NotPostgreSQL,
        _any_of(
            "invalid response to (?:ssl|gssapi) negotiation",
            "expected authentication request from server",
            "unencrypted data after ssl",
            "wrong version number",
            "packet length too long",
            "lost synchronization",
            "unexpected (?:message|response)",
            "invalid message",
        ),
    ),
    (TlsFailed, _any_of(r"\bssl\b", r"\btls\b", "certificate")),
    (NoAnswer, _any_of("timeout", "timed out")),
    (
        Unreachable,
        _any_of(
            "connection refused",
            "no route to host",
            "(?:network|host) is unreachable",
            "could not translate host name",
            "failed to resolve",
            "name or service not known",
            "name resolution",
            "no such file or directory",
            "permission denied",
            "connection reset",
            "could not connect",
            "session is (?:not )?read-only",
            "server is (?:not )?in hot standby",
        ),
    ),
    (NotPostgreSQL, _any_of("server closed the connection unexpectedly")),
)
_SERVICE = _any_of(
    'definition of service "[^"]*" not found', 'service file "[^"]*" not found', "syntax error in service file"
)
_FILES = _any_of("root certificate file", "private key file", "certificate file")
_OWN_PARAMETERS = _any_of(
    r"invalid \w+ value",
    "invalid port number",
    "invalid connection option",
    "invalid integer value",
    r"could not match \d+",
    "may not be used",
)
_PREFIX = re.compile(
    r"^(?:connection (?:failed|is bad): )?(?:connection to server (?:at|on) .*? failed: )?(?:FATAL:\s+|ERROR:\s+)?"
)
_MULTIPLE = "Multiple connection attempts failed"


def connection_failure(target: str, text: str) -> PgauditError:
    """Gives the error for what libpq said.

    Args:
        target: the display name.
        text: libpq's message, already without secrets.
    """
    reason = _reason(text)
    folded = text.casefold()
    if _SERVICE.search(folded):
        return BadConfiguration("PGSERVICE", reason, "define the service in ~/.pg_service.conf or PGSERVICEFILE")
    if _FILES.search(folded):
        return TlsFailed(target, reason)
    if _OWN_PARAMETERS.search(folded):
        return BadConfiguration(target, reason, "correct the URL or the PG* environment variable")
    return _by_words(target, folded, reason)


def _by_words(target: str, folded: str, reason: str) -> ConnectionFailed:
    for failure, pattern in _FAILURES:
        if pattern.search(folded):
            return failure(target, reason)
    return ServerRefused(target, reason)


def _reason(text: str) -> str:
    """Gives the parts of libpq's message that say something, each once."""
    lines = [line.strip().removeprefix("- ") for line in text.partition(_MULTIPLE)[0].splitlines()]
    said = [_PREFIX.sub("", line).strip() for line in lines if line and not line.startswith("Is the server running")]
    return "; ".join(dict.fromkeys(line for line in said if line))


def is_worth_a_second_try(error: PgauditError, host: str) -> bool:
    """Whether the server may be waking up: it says that it starts, or a serverless host said nothing yet."""
    match error:
        case StartingUp():
            return True
        case NoAnswer() | NotPostgreSQL():
            return is_serverless(host)
        case _:
            return False


def is_serverless(host: str) -> bool:
    """Whether the host may be a compute that sleeps when idle (Neon; Aurora with automatic pause)."""
    name = host.lower()
    return name.endswith((".neon.tech", ".neon.build")) or (".cluster-" in name and name.endswith(".rds.amazonaws.com"))
