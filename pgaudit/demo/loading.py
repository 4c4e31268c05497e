"""Loading the sample database into a server of our own, and repairing what no check can repair by itself."""

from collections.abc import Generator
from contextlib import contextmanager, suppress
from importlib.resources import files

import psycopg

from pgaudit.demo.host_files import Connection, plant_host_faults, restore_host_files

_SCRIPTS = ("roles.sql", "schema.sql", "data.sql", "faults.sql", "decoys.sql")


def load(connection: Connection) -> None:
    """Fill an empty database with the marketplace, its faults and its decoys; a few seconds.

    It creates roles and changes the server's configuration files, so the server must be a throw-away one of
    PostgreSQL 18, with `pg_stat_statements` preloaded and nothing else on it. The files are not reloaded. Until
    `repair` they hold two errors on purpose, with which the server would not start again.

    Args:
        connection: a superuser's, to the empty database, outside a transaction.
    """
    with _autocommit(connection):
        for name in _SCRIPTS:
            _run(connection, name)
        _run_concurrent_builds(connection)
        plant_host_faults(connection)
        _run(connection, "vacuum.sql")
        _run(connection, "reset.sql")


def repair(connection: Connection) -> None:
    """Mend the faults whose `repair` in the manifest is `demo`; to be run before or after the checks' own fixes.

    Args:
        connection: a superuser's, to the loaded database, outside a transaction.
    """
    with _autocommit(connection):
        restore_host_files(connection)
        _run(connection, "repair.sql")


def reset_counters(connection: Connection) -> None:
    """Let the counters begin again, so that what was slow before a repair is not held against it."""
    with _autocommit(connection):
        _run(connection, "reset.sql")


def _run_concurrent_builds(connection: Connection) -> None:
    for statement in _text("concurrent_faults.sql").split(";\n"):
        # Each is meant to fail half way: that is what leaves an invalid index behind.
        with suppress(psycopg.errors.UniqueViolation, psycopg.errors.InvalidTextRepresentation):
            connection.execute(statement.encode())


def _run(connection: Connection, name: str) -> None:
    connection.execute(_text(name).encode())


def _text(name: str) -> str:
    return files("pgaudit.demo").joinpath("sql", name).read_text(encoding="utf-8")


@contextmanager
def _autocommit(connection: Connection) -> Generator[None]:
    before = connection.autocommit
    connection.autocommit = True
    try:
        yield
    finally:
        connection.autocommit = before
