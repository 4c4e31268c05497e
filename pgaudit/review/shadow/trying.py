"""Trying statements in the shadow: in a transaction that is rolled back, or in a copy that is thrown away."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

from pgaudit.review.shadow.building import CANDIDATE, Built, copy_database, drop_database
from pgaudit.review.shadow.likeness import REBUILT
from pgaudit.review.shadow.server import ShadowServer
from probes.catalog.catalog import Absent, Catalog
from probes.catalog.rows import ROW_TYPES, Group, PgSetting, Row
from probes.collect import build
from probes.collect.collector import read_server
from probes.collect.session import Limits, Session
from probes.collect.structure import StructureReader, read_area
from probes.render.render import SESSION

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[Any]

_TIMEOUTS = ("set statement_timeout = '20s'", "set lock_timeout = '5s'", "set idle_session_timeout = '10min'")
_IDLE_TIMEOUT_SINCE = 140000
_RELOAD_SECONDS = 10.0
_NOT_READ = Absent("a shadow database has no counters and no sessions")


class RefusedError(Exception):
    """The server refused a statement; `lacks_privilege` where somebody with more rights might have run it."""

    def __init__(self, sql: str, said: str, *, lacks_privilege: bool) -> None:
        self.sql = sql
        self.said = said
        self.lacks_privilege = lacks_privilege
        super().__init__(said)


class Shadow:
    """A built shadow database with one connection to it."""

    def __init__(self, server: ShadowServer, built: Built, original: Catalog) -> None:
        self._server = server
        self._built = built
        self._original = original
        self._stack = contextlib.ExitStack()
        self._connection: Connection | None = None
        self._copies = 0

    def close(self) -> None:
        """End the connection."""
        self._stack.close()
        self._connection = None

    def picture(self) -> Catalog:
        """The shadow as it was built."""
        return self.after((), transactional=True)

    def after(self, statements: Sequence[str], *, transactional: bool, all_rights: bool = False) -> Catalog:
        """The shadow as these statements leave it; nothing of it stays.

        Args:
            statements: What to run.
            transactional: False where a statement refuses to run inside a transaction block.
            all_rights: Whether they run with all rights instead of those of an owner.

        Raises:
            RefusedError: The server refused one of them.
        """
        if transactional:
            return self._rolled_back(self._connected(), statements, all_rights=all_rights)
        self._copies += 1
        name = f"{self._built.template}_{self._copies}"
        copy_database(self._server, self._built.template, name, self._original)
        try:
            with _connect(self._built.conninfo, name) as connection:
                self._run(connection, statements, all_rights=all_rights)
                return self._rolled_back(connection, (), all_rights=True)
        finally:
            drop_database(self._server, name)

    def settings_after(self, statements: Sequence[str]) -> dict[str, PgSetting]:
        """Settings that differ once these statements ran on a server of our own; they are taken back then.

        Raises:
            RefusedError: The server refused one of them.
        """
        with _connect(self._built.conninfo, self._built.database) as connection:
            before = _settings(connection)
            try:
                self._run(connection, statements, all_rights=True)
                _reload(connection)
                after = _settings(connection)
            finally:
                connection.execute("alter system reset all")
                _reload(connection)
        return {name: row for name, row in after.items() if row.value != before[name].value}

    def volatile_functions(self) -> frozenset[str]:
        """Names of the server's own functions that may do anything."""
        query = (
            "select distinct p.proname from pg_catalog.pg_proc as p "
            "where p.provolatile = 'v' and (p.pronamespace = 11 or p.prolang in (12, 13))"
        )
        return frozenset(name for (name,) in self._connected().execute(query).fetchall())

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._stack.enter_context(_connect(self._built.conninfo, self._built.database))
        return self._connection

    def _rolled_back(self, connection: Connection, statements: Sequence[str], *, all_rights: bool) -> Catalog:
        session = Session(connection, Limits())
        server, methods = read_server(session)
        connection.execute("begin")
        try:
            self._run(connection, statements, all_rights=all_rights)
            connection.execute("set local search_path = pg_catalog, pg_temp")
            reader = StructureReader(session, superuser=server.superuser, access_methods=methods)
            reader.read(_unheard)
            areas = dict(reader.built(_NOT_READ))
            for row_type in ROW_TYPES:
                if row_type in REBUILT or row_type.group is Group.DICTIONARY:
                    areas[row_type] = _plain(session, row_type)
        finally:
            connection.execute("rollback")
        return Catalog(server, areas)

    def _run(self, connection: Connection, statements: Sequence[str], *, all_rights: bool) -> None:
        import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed

        owner = self._server.throw_away and not all_rights
        if owner and statements:
            connection.execute(f"set role {CANDIDATE}".encode())
        for sql in statements:
            try:
                connection.execute(sql.encode())
            except psycopg.Error as error:
                said = error.diag.message_primary or str(error).partition("\n")[0]
                lacks = isinstance(error, psycopg.errors.InsufficientPrivilege)
                with contextlib.suppress(psycopg.Error):
                    connection.execute("rollback")
                    connection.execute("reset role")
                raise RefusedError(sql, said, lacks_privilege=lacks) from error
        if owner and statements:
            connection.execute("reset role")


def _plain(session: Session, row_type: type[Row]) -> tuple[Row, ...] | Absent:
    raw = read_area(session, row_type)
    return raw if isinstance(raw, Absent) else build.make(row_type, raw)


@contextlib.contextmanager
def _connect(conninfo: str, database: str) -> Generator[Connection]:
    import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed

    with psycopg.connect(conninfo, dbname=database, autocommit=True, prepare_threshold=None) as connection:
        timeouts = _TIMEOUTS if connection.info.server_version >= _IDLE_TIMEOUT_SINCE else _TIMEOUTS[:2]
        for setting in (*SESSION, *timeouts):
            connection.execute(setting.encode())
        # Triggers and event triggers of whoever wrote the audited database stay silent.
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
            connection.execute("set session_replication_role = replica")
        for setting in ("set search_path = public, pg_catalog", "set row_security = on"):
            connection.execute(setting.encode())
        yield connection


def _settings(connection: Connection) -> dict[str, PgSetting]:
    with connection.transaction():
        rows = _plain(Session(connection, Limits()), PgSetting)
    return {} if isinstance(rows, Absent) else {row.name: row for row in rows if isinstance(row, PgSetting)}


def _reload(connection: Connection) -> None:
    """Have the files read again, and wait until this session has."""
    import psycopg  # noqa: PLC0415 - the driver is loaded when it is needed

    (before,) = connection.execute("select pg_catalog.pg_conf_load_time()").fetchone() or (None,)
    connection.execute("select pg_catalog.pg_reload_conf()")
    deadline = time.monotonic() + _RELOAD_SECONDS
    while connection.execute("select pg_catalog.pg_conf_load_time()").fetchone() == (before,):
        if time.monotonic() > deadline:
            raise psycopg.OperationalError("the server did not read its files again")
        time.sleep(0.01)


def _unheard(_area: str) -> None:
    """Progress that nobody asked for."""
