"""Throw-away databases on one running server."""

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.migrations_safety.oracle.execute import prepare, prepare_cluster
from tests.migrations_safety.oracle.model import Case, World

SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "max_parallel_workers": "0",
    "timezone": "UTC",
    "deadlock_timeout": "60s",
    "jit": "off",
    "max_connections": "100",
    "wal_level": "replica",
    "checkpoint_timeout": "1h",
    "max_wal_size": "2GB",
}
"""Settings of a measuring cluster: nothing moves but what a case does."""


class Databases:
    """Creates and drops the databases of a server that is measured."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._admin = psycopg.connect(dsn, autocommit=True)
        self._count = 0
        prepare_cluster(self._admin)

    def create(self, world: World) -> str:
        """Return the DSN of a new database in the state of the world; temporary tables are left to the caller."""
        self._count += 1
        name = f"oracle_{self._count}"
        self._admin.execute(f"drop database if exists {name} with (force)".encode())
        self._admin.execute(f"create database {name} template template0".encode())
        dsn = make_conninfo(self.dsn, dbname=name)
        if "temporary" not in world.situations:
            with psycopg.connect(dsn, autocommit=True) as connection:
                prepare(world, connection)
        return dsn

    def drop(self, dsn: str) -> None:
        """Drop a database that was created here."""
        name = conninfo_to_dict(dsn)["dbname"]
        self._admin.execute(f"drop database if exists {name} with (force)".encode())

    def undo(self, case: Case) -> None:
        """Remove what a case left in the cluster."""
        for statement in case.undo:
            self._admin.execute(statement.encode())

    def close(self) -> None:
        """Disconnect."""
        self._admin.close()
