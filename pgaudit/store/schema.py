"""The store's schema: which version it is at, and bringing it to ours."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from pgaudit.store.naming import VERSION_TABLE

_HERE = Path(__file__).parent
_UPGRADE_LOCK = 0x7067_6175_6469_7401
"""Of PostgreSQL's advisory locks, the one under which a store is upgraded."""


class NewerStoreError(Exception):
    """The store was written by a later version of pgaudit."""

    def __init__(self, found: str) -> None:
        self.found = found
        super().__init__(found)


def configuration(connection: Connection | None = None, dialect: str = "postgresql") -> Config:
    """What Alembic needs; without a connection it writes SQL."""
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["dialect"] = connection.dialect.name if connection is not None else dialect
    return config


def head() -> str:
    """The version that this pgaudit writes."""
    found = ScriptDirectory.from_config(configuration()).get_current_head()
    assert found is not None  # noqa: S101 - there is a first version
    return found


def is_up_to_date(connection: Connection) -> bool:
    """Whether the store is at our version; False for one that is empty or older.

    Raises:
        NewerStoreError: It is at a version that we do not know.
    """
    found = version_of(connection)
    if found == head():
        return True
    known = {script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()}
    if found is not None and found not in known:
        raise NewerStoreError(found)
    return False


def bring_up_to_date(connection: Connection) -> None:
    """Upgrade the store within the transaction of this connection.

    Raises:
        NewerStoreError: It is at a version that we do not know.
    """
    if connection.dialect.name == "postgresql":  # two that open an empty store at once; SQLite locks the whole file
        connection.execute(text(f"select pg_advisory_xact_lock({_UPGRADE_LOCK})"))
    if not is_up_to_date(connection):
        command.upgrade(configuration(connection), "head")


def version_of(connection: Connection) -> str | None:
    """The version that the store is at; None where it is empty."""
    from sqlalchemy import inspect  # noqa: PLC0415 - beside its use

    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"select version_num from {VERSION_TABLE}")).scalar()
