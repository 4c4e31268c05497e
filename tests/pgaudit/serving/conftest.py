"""A store with two recorded runs, and the command that serves it as a process of its own."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pgaudit.store.opening import open_store
from pgaudit.store.recording import record
from tests.conftest import ServerPool
from tests.pgaudit.cli.running import command, environment
from tests.pgaudit.reports.test_html_in_browser import browser
from tests.pgaudit.store.conftest import run_of
from tests.servers import fresh_database

__all__ = ["browser"]
KEYLESS = "constraints/missing_primary_key"
HOSTILE = "<script>alert(1)</script>"


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers."""

    url: str
    store: Path


@pytest.fixture(scope="module")
def recorded_runs(server_pool: ServerPool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two nights of one target, the second worse, and one of a target with a hostile name."""
    path = tmp_path_factory.mktemp("serving") / "history.sqlite3"
    with fresh_database(server_pool.get(18)) as database:
        store = open_store(str(path))
        database.execute("create table notes (body text); create table lists (body text)")
        record(store, run_of(database, KEYLESS, target="shop/staging"))
        database.execute(f'drop table lists; create table "{HOSTILE}" (body text)')
        record(store, run_of(database, KEYLESS, target="shop/staging"))
        record(store, run_of(database, KEYLESS, target=HOSTILE))
        store.close()
    return path


@contextmanager
def serving(store: Path, *more: str) -> Iterator[Served]:
    """`pgaudit serve` on a free port, until the block ends."""
    arguments = command("serve", "--store", str(store), "--port", "0", *more)
    process = subprocess.Popen(arguments, env=environment(), stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        said = process.stderr.readline()
        found = re.search(r"http://[^/]+:(\d+)/", said)
        assert found, said + process.stderr.read()
        yield Served(f"http://127.0.0.1:{found[1]}", store)
    finally:
        process.terminate()
        code, left = process.wait(timeout=20), process.stderr.read()
        process.stderr.close()
    assert (code, left) == (0, ""), "that is how it is meant to end"


@pytest.fixture(scope="module")
def served(recorded_runs: Path) -> Iterator[Served]:
    """Without a token, on the loopback address."""
    with serving(recorded_runs) as one:
        yield one
