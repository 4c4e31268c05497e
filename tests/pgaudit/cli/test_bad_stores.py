"""Stores that cannot take a run: the result is printed and saved beside, and the store is as it was."""

from __future__ import annotations

import contextlib
import ctypes
import json
import resource
import sqlite3
import subprocess
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.conftest import ServerPool
from tests.pgaudit.cli.running import Ran, command, environment, pgaudit
from tests.pgaudit.store.conftest import url_of
from tests.servers import Database, fresh_database

KEYLESS = ("--select", "constraints/missing_primary_key", "--record-as", "shop", "--format", "json")
_DAC_OVERRIDE, _DROP_FROM_BOUNDING_SET = 1, 24
_FULL_BYTES = 40_960


@dataclass
class Bad:
    """A store that fails: where it is, what the command says of it, and how the process is hindered."""

    where: str
    says: str
    hindered: Callable[[], None] | None = None
    """Run in the process before the command."""
    content: bytes | None = None
    """What is in the file, where reading it here would end the lock: locks of a process go with any of its files."""


@pytest.fixture(scope="module")
def audited(server_pool: ServerPool) -> Iterator[Database]:
    with fresh_database(server_pool.get(17)) as database:
        database.execute("create table notes (body text)")
        yield database


@pytest.fixture(scope="module")
def recorded_once(audited: Database, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A SQLite store with one run."""
    path = tmp_path_factory.mktemp("stores") / "history.sqlite3"
    assert scan(audited, str(path)).code == 1
    return path.read_bytes()


def scan(database: Database, store: str, env: dict[str, str] | None = None, **options: Any) -> Ran:
    return pgaudit("scan", database.dsn, "--store", store, *KEYLESS, env=env, **options)


@contextmanager
def full(path: Path) -> Generator[Bad]:
    """A disk on which no file grows beyond a few pages."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (_FULL_BYTES, _FULL_BYTES))

    yield Bad(str(path), "disk", limit)


@contextmanager
def read_only(path: Path) -> Generator[Bad]:
    """A file that may only be read, by root either."""
    path.chmod(0o400)

    def obey() -> None:
        ctypes.CDLL(None).prctl(_DROP_FROM_BOUNDING_SET, _DAC_OVERRIDE, 0, 0, 0)

    yield Bad(str(path), "readonly", obey)
    path.chmod(0o600)


@contextmanager
def locked(path: Path) -> Generator[Bad]:
    """Somebody writes and does not end."""
    content = path.read_bytes()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("begin immediate")
    yield Bad(f"sqlite:///{path}?timeout=1", "locked", content=content)
    holder.rollback()
    holder.close()


@contextmanager
def corrupt(path: Path) -> Generator[Bad]:
    content = bytearray(path.read_bytes())
    content[100:4000] = b"\xff" * 3900
    path.write_bytes(bytes(content))
    yield Bad(str(path), "malformed")


@contextmanager
def newer(path: Path) -> Generator[Bad]:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update audit_store_version set version_num = '9999'")
    yield Bad(str(path), "version 9999")


@contextmanager
def unreachable(path: Path) -> Generator[Bad]:
    del path
    yield Bad("postgresql://me:s3cret@127.0.0.1:9/history", "127.0.0.1:9")


@pytest.mark.parametrize("make", [full, read_only, locked, corrupt, newer, unreachable])
def test_what_the_store_cannot_take_is_printed_and_saved_beside_and_the_store_is_left_as_it_was(
    make: Callable[[Path], contextlib.AbstractContextManager[Bad]],
    audited: Database,
    recorded_once: bytes,
    tmp_path: Path,
) -> None:
    path = tmp_path / "history.sqlite3"
    path.write_bytes(recorded_once)
    with make(path) as bad:
        before = bad.content or path.read_bytes()
        ran = scan(audited, bad.where, env={"XDG_STATE_HOME": str(tmp_path)}, preexec_fn=bad.hindered)
        assert path.read_bytes() == before or make is full  # there the next reader takes back what was half written
    assert_printed_and_saved(ran, tmp_path, bad)
    if make is full:
        listed = json.loads(pgaudit("history", "--store", str(path), "--format", "json").out)
        assert [one["states"] for one in listed] == [{"new": 1}]
        with contextlib.closing(sqlite3.connect(path)) as connection:
            assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]


def assert_printed_and_saved(ran: Ran, state: Path, bad: Bad) -> None:
    assert ran.code == 3
    assert [one.object.name for one in ran.report.findings] == ["notes"]
    [saved] = (state / "pgaudit").glob("unrecorded-*.json")
    assert [one["object"]["name"] for one in json.loads(saved.read_text("utf-8"))["findings"]] == ["notes"]
    [said] = ran.error_lines
    assert bad.says in said
    assert str(saved) in said
    assert "s3cret" not in said


def test_a_store_on_a_server_that_somebody_has_locked_is_not_waited_for_for_ever(
    audited: Database, server_pool: ServerPool, tmp_path: Path
) -> None:
    with fresh_database(server_pool.get(17)) as history:
        store = url_of(history.dsn)
        assert scan(audited, store).code == 1
        with psycopg.connect(history.dsn) as holder:
            holder.execute("lock table audit_run in share mode")
            bad = Bad(f"{store}&options=-clock_timeout%3D500ms", "lock timeout")
            ran = scan(audited, bad.where, env={"XDG_STATE_HOME": str(tmp_path)})
        assert_printed_and_saved(ran, tmp_path, bad)
        assert len(json.loads(pgaudit("history", "--store", store, "--format", "json").out)) == 1


@pytest.mark.parametrize("make", [read_only, locked])
def test_a_store_that_cannot_be_written_can_be_read(
    make: Callable[[Path], contextlib.AbstractContextManager[Bad]], recorded_once: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "history.sqlite3"
    path.write_bytes(recorded_once)
    with make(path) as bad:
        ran = pgaudit("history", "--store", bad.where, "--format", "json", preexec_fn=bad.hindered)
    assert [one["states"] for one in json.loads(ran.out)] == [{"new": 1}]


def test_two_scans_at_once_into_a_store_that_neither_has_made_yet(audited: Database, tmp_path: Path) -> None:
    arguments = command("scan", audited.dsn, "--store", str(tmp_path / "history.sqlite3"), *KEYLESS)
    both = [
        subprocess.Popen(arguments, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    said = [one.communicate(timeout=120)[1] for one in both]
    new = f"pgaudit: {tmp_path / 'history.sqlite3'} is a new store\n"
    assert [one.returncode for one in both] == [1, 1]
    assert {text.decode() for text in said} <= {"", new}
    listed = json.loads(pgaudit("history", "--store", str(tmp_path / "history.sqlite3"), "--format", "json").out)
    assert [one["states"] for one in listed] == [{"unchanged": 1}, {"new": 1}]


def test_where_no_folder_can_be_written_the_result_is_still_printed(audited: Database, tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.touch()
    ran = scan(audited, "/proc/history.sqlite3", env={"XDG_STATE_HOME": str(nowhere)}, cwd="/proc")
    assert (ran.code, [one.object.name for one in ran.report.findings]) == (3, ["notes"])
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
