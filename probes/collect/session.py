"""Talking to the server politely: short read-only transactions, local settings, savepoints that are rolled back."""

from __future__ import annotations

import contextlib
import itertools
import logging
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import psycopg
from psycopg import pq
from psycopg.abc import Buffer
from psycopg.adapt import Loader

from probes.catalog.catalog import Absent
from probes.catalog.names import quoted
from probes.collect.queries import MARK
from probes.collect.watchdog import Watchdog

log = logging.getLogger(__name__)

RawRow = tuple[Any, ...]
Intake = Callable[[Sequence[str], list[RawRow]], list[Any]]
"""What becomes of some hundred rows as they arrive, given the names of their columns."""

# A socket holds about a thousand rows: with larger portions the server waits while we work on one.
_STREAMED_ROWS = 500
_CHUNKED_ROWS_SINCE = 170000
_WAITS_A_TRANSACTION = 10
"""How often a transaction waits for locks as long as it may; after that, for a millisecond each."""
_STATS_CONSISTENCY_SINCE = 150000
_TRANSACTION_TIMEOUT_SINCE = 170000


_SAVEPOINT = f"{MARK}savepoint pgaudit_step"
_ROLLBACK_TO = f"{MARK}rollback to savepoint pgaudit_step"
_ROLLBACK = f"{MARK}rollback".encode()
_TEXT_TYPES = ("text", "name", "varchar", "bpchar", '"char"')
_SETTINGS = (
    "set local idle_in_transaction_session_timeout = 60000",
    "set local search_path = pg_catalog, pg_temp",
    "set local max_parallel_workers_per_gather = 0",
    "set local jit = off",
    # What deparsed constants look like must not depend on whom we log in as.
    "set local DateStyle = 'ISO, YMD'",
    "set local IntervalStyle = 'postgres'",
    "set local TimeZone = 'UTC'",
    "set local extra_float_digits = 1",
    "set local bytea_output = 'hex'",
    "set local standard_conforming_strings = on",
    "set local quote_all_identifiers = off",
)
FOREIGN_TEXT = "it holds a text that this database's encoding cannot write"
"""How the reason begins where the server could not bring a text into the encoding of the database."""


class Limits(msgspec.Struct, frozen=True):
    """How long we may take and wait."""

    statement_timeout_ms: int = 30_000
    lock_timeout_ms: int = 200
    deparse_lock_timeout_ms: int = 100
    work_mem_kb: int = 16_384
    silence_ms: int = 150_000
    """How long the server may say nothing before we hang up: a pooler keeps a statement waiting for two minutes."""

    @property
    def silence_s(self) -> float:
        """The same in seconds, and never so short that a statement could not end by its own timeout."""
        return max(self.silence_ms, 2 * self.statement_timeout_ms) / 1000


class ConnectionLostError(Exception):
    """The connection went away; what was collected before stands."""


class RecoveryConflictError(Exception):
    """A standby cancelled us because replay had to go on."""


class QueryRefusedError(Exception):
    """A query could not be answered; `absent` says why and what it would need."""

    def __init__(self, absent: Absent) -> None:
        self.absent = absent
        super().__init__(absent.reason)


class LockedOutError(QueryRefusedError):
    """Another session held a lock for longer than we wait."""


class _LenientLoader(Loader):
    """Text whose encoding is unknown: as UTF-8 where it is that, other bytes as hexadecimal escapes."""

    format = pq.Format.BINARY

    def load(self, data: Buffer) -> str:
        return bytes(data).decode("utf-8", "backslashreplace")


class Session:
    """One connection, used for one transaction at a time."""

    def __init__(self, connection: psycopg.Connection[Any], limits: Limits) -> None:
        connection.prepare_threshold = None  # a pooler would mix prepared statements up
        self.connection = connection
        self.limits = limits
        self._ascii = connection.info.parameter_status("server_encoding") == "SQL_ASCII"
        self._lenient = self._ascii
        self._lock_timeout_ms = limits.lock_timeout_ms
        self._waits = 0
        self._watchdog = Watchdog(connection, limits.silence_s)
        self.statements = 0
        """Queries sent so far; savepoints, settings and batches apart."""

    @contextlib.contextmanager
    def transaction(
        self, *, repeatable_read: bool, lock_timeout_ms: int | None = None, settings: bool = True
    ) -> Generator[None]:
        """A read-only transaction with our settings, which end with it: a pooled session is left as it was.

        Args:
            repeatable_read: Whether all queries see one moment.
            lock_timeout_ms: Where it differs from the limits'.
            settings: False to read the session's own settings. The query must then name no operator, for the
                session's search_path decides which is meant.
        """
        isolation = "repeatable read" if repeatable_read else "read committed"
        self._lock_timeout_ms = lock_timeout_ms or self.limits.lock_timeout_ms
        self._waits = 0
        lines = [f"begin isolation level {isolation} read only", *(self._settings() if settings else ())]
        with self._watchdog.on_duty():
            try:
                self._execute("; ".join(MARK + line for line in lines))
                yield
            finally:
                self._end()

    def _settings(self) -> Generator[str]:
        version_num = self.connection.info.server_version
        yield f"set local statement_timeout = {self.limits.statement_timeout_ms}"
        yield f"set local lock_timeout = {self._lock_timeout_ms}"
        yield f"set local work_mem = {self.limits.work_mem_kb}"
        yield from _SETTINGS
        # Names may hold what the encoding of the user, of the role or of the database cannot write. Of a server without
        # an encoding nobody knows what its bytes mean, and asking for UTF-8 makes it refuse some.
        yield f"set local client_encoding = {'sql_ascii' if self._ascii else 'utf8'}"
        if version_num >= _STATS_CONSISTENCY_SINCE:
            yield "set local stats_fetch_consistency = none"
        if version_num >= _TRANSACTION_TIMEOUT_SINCE:
            yield "set local transaction_timeout = 0"

    def query(
        self,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        names: Mapping[str, str] | None = None,
        counted: bool = True,
        intake: Intake | None = None,
    ) -> tuple[list[str], list[RawRow]]:
        """Column names and rows of one query, run in a savepoint that is rolled back so that no lock of ours stays.

        Args:
            text: SQL; with `names`, `{name}` in it is replaced by the quoted identifier.
            parameters: Bound as psycopg does.
            names: Identifiers.
            counted: False for one of many batches.
            intake: Turns rows into what is returned, while others are on their way: all of them as they come would
                take twice the memory of what is made of them.

        Raises:
            QueryRefusedError: No privilege, timed out, or not there.
            RecoveryConflictError: A standby cancelled us.
            ConnectionLostError: The connection is gone.
        """
        for placeholder, identifier in (names or {}).items():
            text = text.replace(f"{{{placeholder}}}", quoted(identifier))
        self.statements += counted
        started = time.perf_counter()
        self._execute(_SAVEPOINT)
        try:
            with self._classified():
                columns, rows = self._decoded(text.encode(), parameters, intake)
        except QueryRefusedError as refused:
            self._execute(_ROLLBACK_TO)
            if isinstance(refused, LockedOutError):
                self._waited()
            raise
        self._execute(_ROLLBACK_TO)
        log.debug("rows=%d ms=%.1f", len(rows), (time.perf_counter() - started) * 1000)
        return columns, rows

    def _decoded(
        self, statement: bytes, parameters: Mapping[str, Any] | None, intake: Intake | None
    ) -> tuple[list[str], list[Any]]:
        try:
            return self._stream(statement, parameters, intake)
        except UnicodeDecodeError:  # a UTF-8 database may hold other bytes, from before it was one
            self._lenient = True
            self._execute(_ROLLBACK_TO)
            return self._stream(statement, parameters, intake)

    def _stream(
        self, statement: bytes, parameters: Mapping[str, Any] | None, intake: Intake | None
    ) -> tuple[list[str], list[Any]]:
        size = _STREAMED_ROWS if pq.version() >= _CHUNKED_ROWS_SINCE else 1
        with self.connection.cursor(binary=True) as cursor:
            if self._lenient:
                for type_name in _TEXT_TYPES:
                    cursor.adapters.register_loader(type_name, _LenientLoader)
            stream = cursor.stream(statement, parameters, size=size)
            first = self._next_rows(stream, 1)
            if not first:
                return [], []
            names = [column.name for column in cursor.description or ()]
            intake = intake or _as_they_come
            found = intake(names, first)
            while rows := self._next_rows(stream, _STREAMED_ROWS):
                found += intake(names, rows)
        return names, found

    def _next_rows(self, stream: Iterator[RawRow], most: int) -> list[RawRow]:
        with self._watchdog.waiting():
            return list(itertools.islice(stream, most))

    def _waited(self) -> None:
        """Others may wait for us meanwhile, and vacuum does: what is locked all over the place is not waited for."""
        self._waits += 1
        if self._waits == _WAITS_A_TRANSACTION:
            self._lock_timeout_ms = 1
            self._execute(f"{MARK}set local lock_timeout = 1")

    def _execute(self, text: str) -> None:
        with self._classified(), self._watchdog.waiting():
            self.connection.execute(text.encode())

    def _end(self) -> None:
        if not self.connection.closed:
            with contextlib.suppress(psycopg.Error), self._watchdog.waiting():
                self.connection.execute(_ROLLBACK)

    @contextlib.contextmanager
    def _classified(self) -> Generator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise self._classify(error) from error

    def _classify(self, error: psycopg.Error) -> Exception:
        primary = error.diag.message_primary or str(error).partition("\n")[0]
        recovery = "conflict with recovery" in (primary or "")
        if recovery or isinstance(error, psycopg.errors.SerializationFailure):
            return RecoveryConflictError(primary)
        if self._watchdog.has_hung_up:
            return ConnectionLostError(f"the server said nothing for {self._watchdog.silence_s:g} s")
        if self.connection.closed or isinstance(error, psycopg.errors.AdminShutdown | psycopg.errors.CrashShutdown):
            return ConnectionLostError(primary)
        match error:
            case psycopg.errors.InsufficientPrivilege():
                absent = Absent("permission denied")
            case psycopg.errors.LockNotAvailable():
                held = f"another session held a lock for more than {self._lock_timeout_ms} ms"
                return LockedOutError(Absent(held))
            case psycopg.errors.QueryCanceled():
                absent = Absent(f"it took longer than {self.limits.statement_timeout_ms} ms or was cancelled")
            case psycopg.errors.CharacterNotInRepertoire() | psycopg.errors.UntranslatableCharacter():
                absent = Absent(f"{FOREIGN_TEXT}: {primary}")
            case _:
                absent = Absent(f"{primary} (SQLSTATE {error.sqlstate})")
        return QueryRefusedError(absent)


def _as_they_come(_: Sequence[str], rows: list[RawRow]) -> list[RawRow]:
    return rows
