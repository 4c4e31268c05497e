"""Opens the one connection that an audit uses, so that a pooler, a sleeping server and the process list see no harm."""

import logging
import os
import selectors
import time
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from pgaudit.errors import (
    BadTarget,
    ConnectionLost,
    NoAnswer,
    NotPostgreSQL,
    PgauditError,
    ServerTooOld,
)
from pgaudit.server.database_target import Target
from pgaudit.server.failures import connection_failure, is_worth_a_second_try
from pgaudit.server.redaction import Secret
from pgaudit.version import OLDEST_MAJOR

_LOG = logging.getLogger(__name__)
_SECOND_TRY_AFTER_S = 2.0
_VERSIONS_PER_MAJOR = 10_000
_KEEPALIVES = {"keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "6"}
"""A server that is gone without a word is noticed in 90 s; the system would take two hours."""
ASK_WHO = "/* pgaudit */ select pg_catalog.pg_backend_pid()"
NAME_OURSELVES = "/* pgaudit */ select pg_catalog.set_config(%s, %s, false)"
"""Sent only to a server itself, never through a pooler: application_name and client_encoding."""


def connect(
    target: Target,
    *,
    connect_timeout_s: int = 10,
    application_name: str | None = None,
    environment: Mapping[str, str] = os.environ,
    sleep: Callable[[float], None] = time.sleep,
) -> psycopg.Connection[tuple[Any, ...]]:
    """Gives an open connection in autocommit mode that prepares no statements and has sent no startup options of ours.

    Args:
        target: what to connect to; libpq adds its PG* variables, ~/.pgpass and service file.
        connect_timeout_s: for each address, unless the target or PGCONNECT_TIMEOUT says otherwise.
        application_name: what the server's operators see, unless the target or PGAPPNAME says otherwise; not set behind
            a pooler, which would leave it to the next client.
        environment: the process's variables; libpq reads them too, and ours must not win over PGAPPNAME and its like.
        sleep: waits before the second try, which only a server that is waking up gets.

    Raises:
        ConnectionFailed: no session could be opened; the subclass says why.
        ServerTooOld: PostgreSQL before 13.
        BadTarget, BadConfiguration: libpq does not accept the parameters.
    """
    parameters = _parameters(target, connect_timeout_s, environment)
    name = application_name or default_application_name()
    try:
        return _attempt(target, parameters, name, environment)
    except PgauditError as error:
        if not is_worth_a_second_try(error, parameters.get("host") or environment.get("PGHOST", "")):
            raise
        _LOG.info("target=%s event=second_try after_s=%s", target.name, _SECOND_TRY_AFTER_S)
    sleep(_SECOND_TRY_AFTER_S)
    return _attempt(target, parameters, name, environment)


def default_application_name() -> str:
    """Gives `pgaudit/<version>`."""
    try:
        return f"pgaudit/{metadata.version('pgaudit-cli')}"
    except metadata.PackageNotFoundError:  # run from a source tree that is not installed
        return "pgaudit"


def connection_lost(
    connection: psycopg.Connection[Any], error: psycopg.Error, target: Target, *, during: str = "the audit"
) -> ConnectionLost | None:
    """Gives the error to raise if `error` ended the session (server stopped, terminated, network), else None."""
    if not connection.closed:
        return None
    return ConnectionLost(target.name, target.redact(str(error)), during=during)


def _parameters(target: Target, connect_timeout_s: int, environment: Mapping[str, str]) -> dict[str, str]:
    parameters = _KEEPALIVES | target.parameters()
    if not environment.get("PGCONNECT_TIMEOUT"):
        parameters.setdefault("connect_timeout", str(connect_timeout_s))
    if target.looks_pooled and environment.get("PGOPTIONS"):
        # An empty value keeps libpq from sending PGOPTIONS, which a transaction pooler refuses.
        parameters.setdefault("options", "")
    if "client_encoding" in parameters or environment.get("PGCLIENTENCODING"):
        # Names may hold what the encoding of the user's terminal cannot write: the server would refuse to send them.
        parameters["client_encoding"] = "UTF8"
    return parameters


def _attempt(
    target: Target, parameters: Mapping[str, str], application_name: str, environment: Mapping[str, str]
) -> psycopg.Connection[tuple[Any, ...]]:
    connection = _open(target, parameters, environment)
    try:
        _check_server(target, connection)
        _introduce(target, connection, application_name, environment)
    except PgauditError:
        connection.close()
        raise
    return connection


def _open(
    target: Target, parameters: Mapping[str, str], environment: Mapping[str, str]
) -> psycopg.Connection[tuple[Any, ...]]:
    """Opens a session; raises without the driver's error as cause, which could repeat secrets in a traceback."""
    try:
        return psycopg.connect(make_conninfo(**parameters), autocommit=True, prepare_threshold=None)
    except psycopg.ProgrammingError:
        failure: PgauditError = BadTarget("is not accepted by libpq", "correct the URL or connection string")
    except psycopg.OperationalError as error:
        also = [Secret(environment["PGPASSWORD"])] if environment.get("PGPASSWORD") else []
        failure = connection_failure(target.name, target.redact(str(error), also=also))
    raise failure


def _check_server(target: Target, connection: psycopg.Connection[Any]) -> None:
    info = connection.info
    if cockroach := info.parameter_status("crdb_version"):
        raise NotPostgreSQL(target.name, cockroach)
    if info.server_version < OLDEST_MAJOR * _VERSIONS_PER_MAJOR:
        raise ServerTooOld(target.name, info.parameter_status("server_version") or str(info.server_version))


def _introduce(
    target: Target, connection: psycopg.Connection[Any], application_name: str, environment: Mapping[str, str]
) -> None:
    """Names the session, unless the user has, and makes it speak UTF-8; behind a pooler it does neither.

    PgBouncer gives a client that has no application_name the last one's on the same server process, so nothing is sent
    at the start. A server process other than the announced one belongs to a pooler.
    """
    wanted = {"application_name": ("PGAPPNAME", application_name), "client_encoding": ("PGCLIENTENCODING", "UTF8")}
    ours = [
        (keyword, value)
        for keyword, (variable, value) in wanted.items()
        if target.setting(keyword) is None and not environment.get(variable)
    ]
    timeout = connection.info.get_parameters().get("connect_timeout") or environment.get("PGCONNECT_TIMEOUT")
    try:
        pid = _first_answer(target, connection, timeout_s=int(timeout or 0))
        if pid == connection.info.backend_pid:
            for keyword, value in ours:
                connection.execute(NAME_OURSELVES, [keyword, value])
    except psycopg.Error as error:
        failure = connection_failure(target.name, target.redact(str(error)))
    else:
        return
    raise failure


def _first_answer(target: Target, connection: psycopg.Connection[Any], *, timeout_s: int) -> int:
    """Gives the process ID of the server process, or 0 if it gave none.

    A pooler logs a client in while its server is down, and then keeps the first query waiting for minutes.

    Raises:
        NoAnswer: nothing came in time.
    """
    link = connection.pgconn
    link.send_query(ASK_WHO.encode())
    deadline = time.monotonic() + timeout_s if timeout_s else None
    with selectors.DefaultSelector() as selector:
        selector.register(link.socket, selectors.EVENT_READ)
        while link.flush() or link.is_busy():
            left_s = None if deadline is None else max(0.0, deadline - time.monotonic())
            if not selector.select(left_s):
                raise NoAnswer(target.name, f"logged in, but no answer to a query within {timeout_s} s")
            link.consume_input()
    result = link.get_result()
    while link.get_result() is not None:
        pass
    if result is None or result.status != psycopg.pq.ExecStatus.TUPLES_OK:
        raise psycopg.OperationalError(result.get_error_message() if result else link.get_error_message())
    return int(result.get_value(0, 0) or 0)
