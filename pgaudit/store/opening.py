"""Opening a store: a SQLite file of one's own by default, PostgreSQL where several machines share one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import platformdirs
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from pgaudit.errors import StoreFailed, StoreTooNew
from pgaudit.store.schema import NewerStoreError, bring_up_to_date, is_up_to_date, version_of
from probes.catalog.server import Server

_SAME_MOMENT_S = 0.001
_WAIT_S = 30
"""How long a writer waits for another, and for a server to answer, where the URL does not say."""
_LOCK_TIMEOUT = (
    f"select pg_catalog.set_config('lock_timeout', '{_WAIT_S}s', true)"
    " where pg_catalog.current_setting('lock_timeout') = '0'"
)


class Store:
    """Runs and findings of every target. Each `writing` block is one transaction: all of it is kept, or nothing."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine = engine
        self.name = name
        """For messages: a path, or a URL without its password."""
        self.is_new = False
        """Whether it was made when it was opened."""

    @contextmanager
    def writing(self) -> Generator[Connection]:
        """A connection in a transaction that may write; others that write wait."""
        with self._failures(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Generator[Connection]:
        """A connection in a transaction that only reads."""
        with self._failures(), self._engine.connect() as connection:
            connection.execution_options(reads=True, postgresql_readonly=True)
            yield connection

    def close(self) -> None:
        """Close its connections."""
        self._engine.dispose()

    @contextmanager
    def _failures(self) -> Generator[None]:
        try:
            yield
        except DBAPIError as error:
            raise StoreFailed(self.name, _plain(error)) from error
        except OSError as error:
            raise StoreFailed(self.name, error.strerror or str(error)) from error


def default_store_path() -> Path:
    """The file that runs are recorded in where nothing else is named."""
    return platformdirs.user_state_path("pgaudit") / "history.sqlite3"


def open_store(
    where: str | None = None, *, audited: Server | None = None, must_exist: bool = False, may_make: bool = True
) -> Store:
    """The store, brought up to date. One that is so already is only read from: it need not be writable.

    Args:
        where: Path of a SQLite file, or a SQLAlchemy or libpq URL of PostgreSQL; the default file if None.
        audited: The server whose audit is to be recorded: its database is never written to.
        must_exist: Refuse a PostgreSQL database that nothing was recorded in yet: nobody knows whether it is audited.
        may_make: Whether a file, or a database, that holds no store may become one.

    Raises:
        StoreFailed: It cannot be opened, written, or is none.
        StoreTooNew: A later version of pgaudit wrote it.
    """
    url = _url_of(where)
    name = url.render_as_string(hide_password=True) if url.get_backend_name() != "sqlite" else str(url.database)
    store = Store(_engine(url, name), name)
    try:
        with store.reading() as connection:
            _refuse_to_write_into(audited, connection, name)
            is_ours = is_up_to_date(connection)
            store.is_new = version_of(connection) is None
            if not may_make or (must_exist and connection.dialect.name == "postgresql"):
                _refuse_what_is_no_store(store)
        if not is_ours:
            with store.writing() as connection:
                bring_up_to_date(connection)
    except NewerStoreError as newer:
        store.close()
        raise StoreTooNew(name, newer.found) from newer
    except BaseException:
        store.close()
        raise
    return store


def open_to_read(where: str | None = None) -> Store:
    """The store for a command that records nothing: what was named and is none is not made.

    Raises:
        StoreFailed: There is no such store, or it cannot be opened.
        StoreTooNew: A later version of pgaudit wrote it.
    """
    url = _url_of(where)
    path = Path(url.database or "")
    if where is not None and url.get_backend_name() == "sqlite" and not path.exists():
        raise StoreFailed(str(path), "there is no such file", "check --store; `pgaudit scan --record` makes a store")
    return open_store(where, may_make=where is None)


def _refuse_to_write_into(audited: Server | None, connection: Connection, name: str) -> None:
    """Raise StoreFailed where it is the audited database: the same oid, on a server that started at that moment."""
    if audited is None or connection.dialect.name != "postgresql":
        return
    query = (
        "select oid, extract(epoch from pg_catalog.pg_postmaster_start_time())"
        " from pg_catalog.pg_database where datname = pg_catalog.current_database()"
    )
    oid, started_at = connection.execute(text(query)).one()
    if oid == audited.database_oid and abs(float(started_at) - audited.started_at) < _SAME_MOMENT_S:
        raise StoreFailed(name, "that is the audited database itself", "name another database or a file")


def _refuse_what_is_no_store(store: Store) -> None:
    if store.is_new:
        advice = "check --store; the first recorded audit makes it a store"
        raise StoreFailed(store.name, "nothing was recorded there yet", advice)


def _url_of(where: str | None) -> URL:
    if where is None:
        return URL.create("sqlite", database=str(default_store_path()))
    if "://" not in where:
        return URL.create("sqlite", database=str(Path(where).expanduser()))
    try:
        url = make_url(where)
    except (ArgumentError, ValueError) as error:
        raise StoreFailed("--store", "that is neither a path nor a URL") from error
    match url.get_backend_name():
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case "sqlite":
            return url.set(drivername="sqlite")
        case other:
            raise StoreFailed(url.render_as_string(hide_password=True), f"{other} is not supported")


def _engine(url: URL, name: str) -> Engine:
    try:
        if url.get_backend_name() == "sqlite":
            return _sqlite(url)
        wait = {} if "connect_timeout" in url.query else {"connect_timeout": _WAIT_S}
        engine = create_engine(url, connect_args={**wait, "prepare_threshold": None})
    except NoSuchModuleError as error:
        raise StoreFailed(name, str(error)) from error
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _sqlite(url: URL) -> Engine:
    path = Path(url.database or "")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():  # names of tables and roles are nobody else's business
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise StoreFailed(str(path), error.strerror or str(error)) from error
    engine = create_engine(url, connect_args={} if "timeout" in url.query else {"timeout": _WAIT_S})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own idea of transactions leaves out DDL
    connection.execute("pragma foreign_keys = on")


def _begin_sqlite(connection: Connection) -> None:
    # At once, not at the first write: two that read first and write then would deadlock.
    connection.exec_driver_sql("begin immediate" if not connection.get_execution_options().get("reads") else "begin")


def _begin_postgresql(connection: Connection) -> None:
    connection.exec_driver_sql(_LOCK_TIMEOUT)


def _plain(error: DBAPIError) -> str:
    """What the engine said, on one line, without the statement and its values."""
    return str(error.orig).strip().partition("\n")[0] if error.orig is not None else type(error).__name__
