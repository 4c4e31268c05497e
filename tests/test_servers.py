"""Where the tests' servers come from, and the fixtures that hand them out."""

import http.server
import json
import os
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pgaudit.server.embedded import StopMode, find_binaries
from tests import fetch_servers
from tests.servers import (
    MAJORS,
    Database,
    MissingServerError,
    Server,
    configured_dsn,
    docker_answers,
    find_major_binaries,
    fresh_database,
    majors_matching,
    private_cluster,
    required_majors,
    running_server,
    server_cache,
    standby_of,
)
from tests.waiting import eventually

ROOT = Path(__file__).parent.parent


class _DaemonThatOnlyAnswersPings(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path.endswith("_ping") else 500)
        self.end_headers()

    do_POST = do_GET  # noqa: N815 -- the library's name

    def log_message(self, *_: object) -> None:
        """Keep the test's output quiet."""


@pytest.fixture
def docker_host() -> Iterator[str]:
    """A Docker daemon that answers and can run nothing."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _DaemonThatOnlyAnswersPings) as daemon:
        threading.Thread(target=daemon.serve_forever, daemon=True).start()
        yield f"tcp://127.0.0.1:{daemon.server_address[1]}"
        daemon.shutdown()


@pytest.fixture
def no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PGAUDIT_PG_CACHE", str(tmp_path))
    return tmp_path


def run_pytest(folder: Path, source: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run a test file in this tree's configuration, with an empty cache of servers."""
    file = folder / "test_generated.py"
    file.write_text(source, encoding="utf-8")
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pytest",
        "-rs",
        f"--rootdir={ROOT}",
        "-p",
        "tests.conftest",
        "-c",
        ROOT / "pyproject.toml",
        file,
    ]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PGAUDIT_PG_CACHE": str(folder / "empty"), "PGAUDIT_REQUIRE_MAJORS": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def make_binaries(folder: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/postgres").touch()
    return folder


@pytest.mark.parametrize(
    ("specifier", "majors"),
    [
        (">= 16", [16, 17, 18]),
        ("< 14", [13]),
        (">= 14, < 17", [14, 15, 16]),
        ("== 18", [18]),
        ("!= 13", [14, 15, 16, 17, 18]),
    ],
)
def test_marker_names_majors_as_version_specifier(specifier: str, majors: list[int]) -> None:
    assert majors_matching(specifier) == majors


def test_required_majors_are_read_from_a_list() -> None:
    assert required_majors({"PGAUDIT_REQUIRE_MAJORS": "13, 14,18"}) == {13, 14, 18}
    assert required_majors({}) == set()


def test_dsn_of_the_major_comes_before_the_general_one(server: Server) -> None:
    environment = {f"PGAUDIT_TEST_DSN_{server.major}": "host=special", "PGAUDIT_TEST_DSN": server.dsn}
    assert configured_dsn(server.major, environment) == "host=special"


def test_general_dsn_serves_only_the_major_of_its_server(server: Server) -> None:
    found = {major: configured_dsn(major, {"PGAUDIT_TEST_DSN": server.dsn}) for major in MAJORS}
    assert found == {major: server.dsn if major == server.major else None for major in MAJORS}


@pytest.mark.pg("== 18")
def test_named_server_comes_before_docker_and_binaries(
    server: Server, docker_host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", docker_host)
    monkeypatch.setenv("PGAUDIT_TEST_DSN_18", server.dsn)
    with running_server(18) as found:
        assert found == Server(18, server.dsn, "environment")


def test_docker_daemon_is_noticed(docker_host: str) -> None:
    assert docker_answers({"DOCKER_HOST": docker_host})


@pytest.mark.parametrize(
    "host", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:1", "npipe:////./pipe/docker", "nonsense"]
)
def test_absent_docker_daemon_is_noticed(host: str) -> None:
    assert not docker_answers({"DOCKER_HOST": host})


def test_docker_daemon_that_never_answers_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not docker_answers({"DOCKER_HOST": f"tcp://127.0.0.1:{silent.getsockname()[1]}"})


def test_docker_that_cannot_run_the_image_is_passed_over(docker_host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", docker_host)
    monkeypatch.delenv("PGAUDIT_TEST_DSN_18", raising=False)
    monkeypatch.delenv("PGAUDIT_TEST_DSN", raising=False)
    with running_server(18) as server, server.connect() as connection:
        assert connection.info.server_version // 10_000 == 18
        assert server.source == str(find_major_binaries(18))


def test_cache_comes_before_the_wheel_and_the_wheel_before_nothing(no_cache: Path) -> None:
    assert find_major_binaries(18) == find_binaries()
    cached = make_binaries(no_cache / "18")
    assert find_major_binaries(18) == cached


def test_wheel_serves_no_other_major(no_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.servers._SYSTEM_SERVERS", no_cache / "none")
    with pytest.raises(MissingServerError, match=r"no PostgreSQL 17 .*fetch_servers") as caught:
        find_major_binaries(17)
    assert caught.value.major == 17


def test_system_binaries_come_last(no_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = make_binaries(no_cache / "system" / "15")
    monkeypatch.setattr("tests.servers._SYSTEM_SERVERS", no_cache / "system")
    assert find_major_binaries(15) == system
    cached = make_binaries(no_cache / "15")
    assert find_major_binaries(15) == cached


def test_cache_folder_can_be_named(no_cache: Path) -> None:
    assert server_cache() == no_cache


USE_THE_DATABASE = """
import pytest
@pytest.mark.pg("== 13")
def test_it(database): pass
"""
START_A_CLUSTER = """
from tests.servers import private_cluster
def test_it():
    with private_cluster(13): pass
"""


@pytest.mark.parametrize("source", [USE_THE_DATABASE, START_A_CLUSTER], ids=["fixture", "private_cluster"])
def test_missing_server_skips_with_the_reason(tmp_path: Path, source: str) -> None:
    done = run_pytest(tmp_path, source)
    assert "1 skipped" in done.stdout
    assert "no PostgreSQL 13 in" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize("source", [USE_THE_DATABASE, START_A_CLUSTER], ids=["fixture", "private_cluster"])
def test_missing_required_server_fails(tmp_path: Path, source: str) -> None:
    done = run_pytest(tmp_path, source, PGAUDIT_REQUIRE_MAJORS="13,18")
    assert "PGAUDIT_REQUIRE_MAJORS asks for PostgreSQL 13" in done.stdout
    assert done.returncode == 1


def test_database_is_on_a_server_of_its_major(database: Database) -> None:
    with database.connect() as connection:
        assert connection.info.server_version // 10_000 == database.major
        assert connection.info.dbname == database.name
        assert connection.autocommit


def test_database_is_dropped_even_while_somebody_is_connected(server: Server) -> None:
    with fresh_database(server) as database:
        lingering = database.connect()
    with pytest.raises(psycopg.OperationalError):
        lingering.execute("select 1")
    lingering.close()
    with server.connect() as connection:
        left = connection.execute("select 1 from pg_catalog.pg_database where datname = %s", [database.name])
        assert left.fetchall() == []


@pytest.mark.pg("== 18")
def test_ordinary_role_can_log_in_over_the_socket(database: Database) -> None:
    role = f"visitor_{database.name}"
    database.execute(f"create role {role} login")
    try:
        with database.connect(user=role) as connection:
            assert connection.execute(
                "select rolsuper from pg_catalog.pg_roles where rolname = current_user"
            ).fetchone() == (False,)
    finally:
        database.execute(f"drop role {role}")


def test_private_cluster_has_its_own_settings_and_log(pg_major: int) -> None:
    with private_cluster(pg_major, settings={"log_statement": "all"}) as cluster:
        with cluster.connect() as connection:
            connection.execute("select 'seen in the log'")
        assert "seen in the log" in cluster.log_file.read_text(encoding="utf-8")


@pytest.mark.pg("== 13")
def test_private_cluster_asks_for_the_password_over_tcp(pg_major: int) -> None:
    with private_cluster(pg_major, tcp=True) as cluster:
        with psycopg.connect(cluster.tcp_dsn) as connection:
            assert connection.info.host == "127.0.0.1"
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(cluster.tcp_dsn, password="wrong")  # noqa: S106 -- that is the point
        with cluster.connect() as connection:
            stored = connection.execute(
                "select rolpassword like 'SCRAM-SHA-256$%' from pg_catalog.pg_authid where rolpassword is not null"
            )
            assert stored.fetchall() == [(True,)]


@pytest.mark.pg("== 18")
def test_private_cluster_starts_with_the_given_hba_file_and_reads_a_broken_one_again(pg_major: int) -> None:
    with private_cluster(pg_major, hba="local all postgres trust\n") as cluster:
        with pytest.raises(psycopg.OperationalError, match=r"no pg_hba\.conf entry"):
            cluster.connect(user="somebody")
        (cluster.data_directory / "pg_hba.conf").write_text(
            "local all postgres trust\nlocal nonsense\n", encoding="utf-8"
        )
        cluster.reload()
        with cluster.connect() as connection:
            lines = connection.execute("select line_number from pg_catalog.pg_hba_file_rules where error is not null")
            assert lines.fetchall() == [(2,)]


@pytest.mark.pg("== 18")
def test_killed_cluster_ends_its_sessions_and_starts_again(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        connection = cluster.connect()
        cluster.kill()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
        cluster.start()
        cluster.restart(StopMode.SMART)
        with cluster.connect() as again:
            assert again.execute("select 1").fetchone() == (1,)


def test_standby_follows_its_primary(pg_major: int) -> None:
    with private_cluster(pg_major) as primary, standby_of(primary) as standby:
        with primary.connect() as connection:
            connection.execute("create table followed as select 1 as a")
            lsn = connection.execute("select pg_catalog.pg_current_wal_lsn()").fetchone()
        with standby.connect() as connection:
            reached = "select pg_catalog.pg_last_wal_replay_lsn() >= %s::pg_lsn"
            eventually(lambda: connection.execute(reached, lsn).fetchone() == (True,), timeout_s=90)
            assert connection.execute("select a, pg_catalog.pg_is_in_recovery() from followed").fetchone() == (1, True)


@pytest.mark.parametrize(("required", "exit_code"), [("", 0), ("13,17", 1)])
def test_fetching_without_npm_says_what_to_do_and_fails_for_required_majors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], required: str, exit_code: int
) -> None:
    monkeypatch.setenv("PGAUDIT_REQUIRE_MAJORS", required)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PGAUDIT_PG_CACHE", str(tmp_path / "cache"))
    assert fetch_servers.main(["17"]) == exit_code
    assert "npm is not on PATH" in capsys.readouterr().err
    assert not (tmp_path / "cache" / "17").exists()


def test_fetching_a_cached_version_does_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # no npm: it would fail if it tried
    make_binaries(tmp_path / "17")
    (tmp_path / "17/FETCHED").write_text(fetch_servers.PINNED_VERSIONS[17], encoding="utf-8")
    assert not fetch_servers.fetch(17, tmp_path)


def test_links_of_the_package_are_made(tmp_path: Path) -> None:
    library = tmp_path / "native/lib/libicuuc.so.60.2"
    library.parent.mkdir(parents=True)
    library.write_bytes(b"library")
    links = [{"source": "native/lib/libicuuc.so.60.2", "target": "native/lib/libicuuc.so.60"}]
    (tmp_path / "native/pg-symlinks.json").write_text(json.dumps(links), encoding="utf-8")
    fetch_servers._make_links(tmp_path)
    made = library.with_name("libicuuc.so.60")
    assert made.readlink() == Path("libicuuc.so.60.2")
    assert made.read_bytes() == b"library"
