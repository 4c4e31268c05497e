"""Faults that live in the server's configuration files. Written through SQL: the files belong to the server's user."""

from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[tuple[Any, ...]]

_BEGIN = "# begin of the demo's lines\n"
_END = "# end of the demo's lines\n"

_CONFIGURATION_LINES = """\
# The unit should have been 'min': the line is refused at every reload, and the server would not start with it.
idle_in_transaction_session_timeout = '5minutes'
# No error: the same setting stands in postgresql.auto.conf, which is read later and wins.
work_mem = '8MB'
"""

_HBA_LINES = """\
host all demo_portal 10.20.0.0/16 password
# The method should have been scram-sha-256.
host all demo_app 10.20.0.0/16 scram-sha256
host all demo_support 10.20.0.0/16 scram-sha-256
host all all 10.99.0.0/16 reject
"""

_SYSTEM_SETTINGS = {"work_mem": "16MB", "max_locks_per_transaction": "128"}
"""Both are right. The second waits for a restart, which pg_file_settings words like an error."""


def plant_host_faults(connection: Connection) -> None:
    """Add the demo's lines to postgresql.conf and pg_hba.conf, and its settings to postgresql.auto.conf; no reload."""
    _rewrite(connection, "config_file", _CONFIGURATION_LINES)
    _rewrite(connection, "hba_file", _HBA_LINES)
    for name, value in _SYSTEM_SETTINGS.items():
        connection.execute(sql.SQL("alter system set {} = {}").format(sql.Identifier(name), sql.Literal(value)))


def restore_host_files(connection: Connection) -> None:
    """Take the demo's lines and settings out again and have the server read its files."""
    _rewrite(connection, "config_file", "")
    _rewrite(connection, "hba_file", "")
    for name in _SYSTEM_SETTINGS:
        connection.execute(sql.SQL("alter system reset {}").format(sql.Identifier(name)))
    connection.execute("select pg_catalog.pg_reload_conf()")


def _rewrite(connection: Connection, setting: str, lines: str) -> None:
    path, text = _read(connection, setting)
    kept, _, rest = text.partition(_BEGIN)
    kept += rest.partition(_END)[2]
    _write(connection, path, f"{kept}{_BEGIN}{lines}{_END}" if lines else kept)


def _read(connection: Connection, setting: str) -> tuple[str, str]:
    row = connection.execute(
        "select f.path, pg_catalog.pg_read_file(f.path) from (select pg_catalog.current_setting(%s) as path) as f",
        (setting,),
    ).fetchone()
    if row is None:
        raise LookupError(f"the server has no {setting}")
    path, text = row
    return str(path), str(text)


def _write(connection: Connection, path: str, text: str) -> None:
    # A large object is the one way to write exact bytes; it is gone before anybody else can see it.
    with connection.transaction():
        row = connection.execute("select pg_catalog.lo_from_bytea(0, %s)", (text.encode(),)).fetchone()
        handle = row[0] if row else None
        connection.execute("select pg_catalog.lo_export(%s, %s)", (handle, path))
        connection.execute("select pg_catalog.lo_unlink(%s)", (handle,))
