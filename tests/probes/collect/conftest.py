"""One rich database and its picture for each major version, shared by the tests that only read them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from probes.catalog.catalog import Catalog
from probes.collect.collector import Picture, collect
from tests.conftest import ServerPool
from tests.probes.collect.rich import create_rich_schema
from tests.servers import Database, fresh_database


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
    """The rich databases made so far."""

    def __init__(self, stack: contextlib.ExitStack, servers: ServerPool) -> None:
        self._stack = stack
        self._servers = servers
        self._made: dict[int, Rich] = {}

    def get(self, major: int) -> Rich:
        """The one of a major version."""
        if major not in self._made:
            database = self._stack.enter_context(fresh_database(self._servers.get(major)))
            create_rich_schema(database)
            if major < 15:
                time.sleep(0.6)  # the statistics collector takes its time
            self._made[major] = Rich(database, picture_of(database.dsn).catalog)
        return self._made[major]


@pytest.fixture(scope="session")
def rich_pool(server_pool: ServerPool) -> Iterator[RichPool]:
    with contextlib.ExitStack() as stack:
        yield RichPool(stack, server_pool)


@pytest.fixture
def rich(rich_pool: RichPool, pg_major: int) -> Rich:
    """A database with one of everything, and its picture; not to be changed."""
    return rich_pool.get(pg_major)
