"""A store with two recorded runs, and the command that serves it as a process of its own."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pgaudit.store.failing import Failure, record_failure
from pgaudit.store.opening import open_store
from pgaudit.store.recording import record
from tests.conftest import ServerPool
from tests.pgaudit.cli.running import command, environment
from tests.pgaudit.reports.test_html_in_browser import browser
from tests.pgaudit.store.conftest import ENGINES, run_of, url_of
from tests.servers import PrivateCluster, fresh_database, private_cluster

__all__ = ["browser"]
KEYLESS = "constraints/missing_primary_key"
HOSTILE = "<script>alert(1)</script>"
READER = """
create role history_reader login;
alter role history_reader set default_transaction_read_only = on;
grant usage on schema public to history_reader;
grant select on all tables in schema public to history_reader;
"""


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers."""

    url: str
    store: str


@pytest.fixture(scope="module", params=ENGINES)
def recorded_runs(
    request: pytest.FixtureRequest, server_pool: ServerPool, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Two nights of one target, the second worse, and one of a target with a hostile name: in a file and on a server.

    Then the file may not be written any more, and the server's role may only read.
    """
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("serving") / "history.sqlite3"
        _record_into(str(path), server_pool)
        path.chmod(0o400)
        yield str(path)
        return
    with private_cluster(17) as cluster:
        dsn = _database_of_history(cluster)
        _record_into(url_of(dsn), server_pool)
        cluster_of_readers = url_of(make_conninfo(dsn, user="history_reader"))
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(READER)
        yield cluster_of_readers


def _database_of_history(cluster: PrivateCluster) -> str:
    with cluster.connect() as connection:
        connection.execute("create database history")
    return make_conninfo(cluster.dsn, dbname="history")


def _record_into(where: str, server_pool: ServerPool) -> None:
    with fresh_database(server_pool.get(18)) as database:
        store = open_store(where)
        database.execute("create table notes (body text); create table lists (body text)")
        record(store, run_of(database, KEYLESS, target="shop/staging"))
        database.execute(f'drop table lists; create table "{HOSTILE}" (body text)')
        record(store, run_of(database, KEYLESS, target="shop/staging"))
        record(store, run_of(database, KEYLESS, target=HOSTILE))
        record_failure(store, Failure("unlucky", datetime(2026, 3, 1, 2, tzinfo=UTC), "nothing answers there"))
        store.close()


@contextmanager
def serving(store: str, *more: str) -> Iterator[Served]:
    """`pgaudit serve` on a free port, until the block ends."""
    arguments = command("serve", "--store", store, "--port", "0", *more)
    process = subprocess.Popen(arguments, env=environment(), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        found = re.search(r"http://[^/]+:(\d+)/", said)
        assert found, said + process.stderr.read()
        yield Served(f"http://127.0.0.1:{found[1]}", store)
    finally:
        process.terminate()
        code, left = process.wait(timeout=60), process.stderr.read()
        process.stderr.close()
    assert (code, left) == (0, ""), "that is how it is meant to end"


@pytest.fixture(scope="module")
def served(recorded_runs: str) -> Iterator[Served]:
    """Without a token, on the loopback address."""
    with serving(recorded_runs) as one:
        yield one
