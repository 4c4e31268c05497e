"""One rich database and its picture for each major version, on a server of its own, for the tests that only read them.

The fixtures stand in `tests/probes/conftest.py`: the tests of the catalog use the same databases.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import psycopg

from probes.catalog.catalog import Catalog
from probes.collect.collector import Picture, collect
from tests.probes.collect.rich import create_rich_schema
from tests.servers import Database, fresh_database, private_cluster
from tests.waiting import wait_for_counters


def picture_of(dsn: str) -> Picture:
    """The picture, taken as the program takes it."""
    return collect(lambda: psycopg.connect(dsn, autocommit=True, prepare_threshold=None))


@dataclass(frozen=True, slots=True)
class Rich:
    """A rich database and what was collected from it."""

    database: Database
    catalog: Catalog

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query of the test's own, under the search_path that the server's deparser needs to qualify all."""
        with self.database.connect() as connection:
            connection.execute("set search_path = pg_catalog")
            connection.execute("set timezone = 'UTC'")
            return connection.execute(query.encode()).fetchall()


class RichPool:
    """The rich databases made so far: their roles and settings belong to a whole server, so each has one for itself."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._made: dict[int, Rich] = {}

    def get(self, major: int) -> Rich:
        """The one of a major version."""
        if major not in self._made:
            cluster = self._stack.enter_context(private_cluster(major, settings={"autovacuum": "off"}))
            database = self._stack.enter_context(fresh_database(cluster))
            create_rich_schema(database)
            wait_for_counters(database)
            self._made[major] = Rich(database, picture_of(database.dsn).catalog)
        return self._made[major]
