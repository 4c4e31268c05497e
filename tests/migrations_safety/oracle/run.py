"""Measuring cases on one running server, a database for each world."""

import itertools
from collections.abc import Iterable, Iterator

import psycopg
from psycopg.conninfo import make_conninfo

from tests.migrations_safety.oracle.execute import prepare_cluster
from tests.migrations_safety.oracle.inside import Session, measure_inside
from tests.migrations_safety.oracle.model import Case, Measurement, Where, World
from tests.migrations_safety.oracle.outside import measure_outside

SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "max_parallel_workers": "0",
    "timezone": "UTC",
    "deadlock_timeout": "60s",
    "jit": "off",
    "max_connections": "60",
    "wal_level": "replica",
}
"""Settings of a measuring cluster: nothing moves but what a case does."""


class Databases:
    """Throw-away databases of one server."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._admin = psycopg.connect(dsn, autocommit=True)
        self._count = 0
        prepare_cluster(self._admin)

    def create(self, world: World) -> str:
        """Return the DSN of a new database in the state of the world."""
        self._count += 1
        name = f"oracle_{self._count}"
        self._admin.execute(f"drop database if exists {name} with (force)".encode())
        self._admin.execute(f"create database {name} template template0".encode())
        dsn = make_conninfo(self.dsn, dbname=name)
        if "temporary" not in world.situations:
            with psycopg.connect(dsn, autocommit=True) as connection:
                connection.execute(world.sql.encode())
        return dsn

    def drop(self, dsn: str) -> None:
        """Drop a database that was created here."""
        name = psycopg.conninfo.conninfo_to_dict(dsn)["dbname"]
        self._admin.execute(f"drop database if exists {name} with (force)".encode())

    def undo(self, case: Case) -> None:
        """Remove what a case left in the cluster."""
        for statement in case.undo:
            self._admin.execute(statement.encode())

    def close(self) -> None:
        """Disconnect."""
        self._admin.close()


def measure_all(dsn: str, major: int, cases: Iterable[Case]) -> Iterator[tuple[Case, Measurement]]:
    """Yield the measurement of each case that exists on the major, world by world."""
    databases = Databases(dsn)
    wanted = sorted((case for case in cases if major in case.majors), key=lambda case: case.world.name)
    for world, group in itertools.groupby(wanted, key=lambda case: case.world):
        yield from _measure_world(databases, world, group)
    databases.close()


def _measure_world(databases: Databases, world: World, cases: Iterable[Case]) -> Iterator[tuple[Case, Measurement]]:
    dsn = databases.create(world)
    session = Session(dsn)
    if "temporary" in world.situations:
        session.connection.execute(world.sql.encode())
    for case in cases:
        yield case, _measure(databases, session, case)
    session.close()
    databases.drop(dsn)


def _measure(databases: Databases, session: Session, case: Case) -> Measurement:
    if case.where is not Where.OUTSIDE:
        found = measure_inside(session, case.statements)
        if not found.requires_no_transaction or case.where is Where.INSIDE:
            return found
    return measure_outside(databases, case)
