import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from pgaudit.errors import (
    AuthenticationFailed,
    BadConfiguration,
    ConnectionFailed,
    ConnectionLost,
    ConnectNotGranted,
    ExitCode,
    NoAnswer,
    NoHbaEntry,
    NotPostgreSQL,
    ServerTooOld,
    StartingUp,
    TlsFailed,
    TooManyConnections,
    UnknownDatabase,
    Unreachable,
)
from pgaudit.server.connect import connect, connection_lost
from pgaudit.server.database_target import Target
from pgaudit.server.url import parse_target
from tests.pgaudit.server.peers import accepted, listening, postgres_peer, refused
from tests.servers import TCP_PASSWORD, PrivateCluster, free_port, private_cluster

_WRONG = "verysecret-and-wrong"


@pytest.fixture(scope="module")
def cluster() -> Iterator[PrivateCluster]:
    with private_cluster(16, tcp=True, settings={"max_connections": "10"}) as started:
        with started.connect() as connection:
            for statement in (
                "create role nologin_role",
                f"create role crowded login connection limit 0 password '{TCP_PASSWORD}'",
                f"create role stranger login password '{TCP_PASSWORD}'",
                f"create role limited login connection limit 1 password '{TCP_PASSWORD}'",
                "create database closed",
                "revoke connect on database closed from public",
                "create database latin template template0 encoding latin1 locale 'C'",
            ):
                connection.execute(statement.encode())
        yield started


def _target(
    port: int | None, user: str = "postgres", database: str = "postgres", password: str = TCP_PASSWORD
) -> Target:
    return parse_target(f"postgresql://{user}:{quote(password)}@127.0.0.1:{port}/{database}")


def _failure(target: Target, *, connect_timeout_s: int = 10) -> ConnectionFailed:
    with pytest.raises(ConnectionFailed) as caught:
        connect(target, connect_timeout_s=connect_timeout_s).close()
    error = caught.value
    assert error.exit_code == ExitCode.TARGET
    assert "\n" not in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None
    return error


def test_a_session_is_in_autocommit_prepares_nothing_and_says_who_it_is(cluster: PrivateCluster) -> None:
    with connect(_target(cluster.tcp_port)) as connection:
        assert connection.autocommit
        assert connection.prepare_threshold is None
        found = connection.execute("select pg_catalog.current_setting('application_name')").fetchone()
    assert found is not None
    assert found[0].startswith("pgaudit")


def test_the_users_own_application_name_stays(cluster: PrivateCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGAPPNAME", "nightly")
    with connect(_target(cluster.tcp_port)) as connection:
        assert connection.info.parameter_status("application_name") == "nightly"
    named = parse_target(f"{cluster.tcp_dsn} application_name=mine")
    with connect(named) as connection:
        assert connection.info.parameter_status("application_name") == "mine"


def test_a_database_of_another_encoding_is_read_as_unicode(cluster: PrivateCluster) -> None:
    with connect(_target(cluster.tcp_port, database="latin")) as connection:
        assert connection.execute("select pg_catalog.chr(228)").fetchone() == ("ä",)


@pytest.mark.parametrize("encoding", ["LATIN1", "KOI8R", "SQL_ASCII"])
def test_the_encoding_of_the_users_terminal_decides_nothing(
    cluster: PrivateCluster, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    """KOI8R cannot be made of LATIN1 at all, a euro sign is in neither, and SQL_ASCII would give bytes."""
    target = _target(cluster.tcp_port, database="latin")
    named = parse_target(f"{cluster.tcp_dsn} client_encoding={encoding}")
    with connect(named) as connection:
        assert connection.execute("select pg_catalog.chr(8364)").fetchone() == ("€",)
    monkeypatch.setenv("PGCLIENTENCODING", encoding)
    with connect(target) as connection:
        assert connection.execute("select pg_catalog.chr(228)").fetchone() == ("ä",)


@pytest.mark.parametrize(("said", "idle_s"), [("", 30), ("keepalives_idle=7", 7)])
def test_a_server_that_vanishes_is_noticed_by_keepalives(cluster: PrivateCluster, said: str, idle_s: int) -> None:
    with (
        connect(parse_target(f"{cluster.tcp_dsn} {said}")) as connection,
        socket.socket(fileno=os.dup(connection.fileno())) as link,
    ):
        assert link.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert link.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == idle_s


def test_the_parameters_of_the_server_stay_as_its_administrator_set_them(cluster: PrivateCluster) -> None:
    query = "select name, setting from pg_catalog.pg_settings where source in ('client', 'session') order by name"
    with connect(_target(cluster.tcp_port)) as connection:
        names = {name for name, _ in connection.execute(query).fetchall()}
    assert names == {"application_name", "client_encoding"}


def test_an_unreachable_port_says_so() -> None:
    error = _failure(_target(free_port()))
    assert isinstance(error, Unreachable)
    assert "Connection refused" in str(error)
    assert "check host, port" in str(error)


def test_an_unknown_host_name_is_unreachable() -> None:
    assert isinstance(_failure(parse_target("postgresql://u@no-such-host.invalid/d")), Unreachable)


def test_a_missing_socket_is_unreachable(tmp_path: Path) -> None:
    assert isinstance(_failure(parse_target(f"host={tmp_path} dbname=d user=u")), Unreachable)


def test_a_host_that_says_nothing_is_given_up_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = _failure(_target(silent.getsockname()[1]), connect_timeout_s=2)
    assert isinstance(error, NoAnswer)


def test_a_wrong_password_is_refused_and_not_repeated(cluster: PrivateCluster) -> None:
    error = _failure(_target(cluster.tcp_port, password=_WRONG))
    assert isinstance(error, AuthenticationFailed)
    assert _WRONG not in f"{error} {error!r} {error.__dict__}"


def test_a_wrong_password_from_the_environment_is_refused_and_not_repeated(
    cluster: PrivateCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", _WRONG)
    error = _failure(parse_target(f"postgresql://postgres@127.0.0.1:{cluster.tcp_port}/postgres"))
    assert isinstance(error, AuthenticationFailed)
    assert _WRONG not in f"{error} {error!r}"


def test_a_missing_password_is_an_authentication_failure(cluster: PrivateCluster, tmp_path: Path) -> None:
    dsn = f"host=127.0.0.1 port={cluster.tcp_port} user=postgres dbname=postgres passfile={tmp_path}/none"
    assert isinstance(_failure(parse_target(dsn)), AuthenticationFailed)


def test_an_unknown_role_looks_like_a_wrong_password(cluster: PrivateCluster) -> None:
    assert isinstance(_failure(_target(cluster.tcp_port, user="nobody_here")), AuthenticationFailed)


def test_a_role_without_login_is_an_authentication_failure(cluster: PrivateCluster) -> None:
    local = parse_target(f"{cluster.dsn} user=nologin_role")
    assert isinstance(_failure(local), AuthenticationFailed)


def test_an_unknown_database_is_named(cluster: PrivateCluster) -> None:
    error = _failure(_target(cluster.tcp_port, database="shopp"))
    assert isinstance(error, UnknownDatabase)
    assert "/shopp" in str(error)


def test_a_database_without_connect_privilege_gives_the_grant(cluster: PrivateCluster) -> None:
    error = _failure(_target(cluster.tcp_port, user="stranger", database="closed"))
    assert isinstance(error, ConnectNotGranted)
    assert "grant connect on database" in str(error)


def test_a_role_over_its_connection_limit_finds_no_free_connection(cluster: PrivateCluster) -> None:
    assert isinstance(_failure(_target(cluster.tcp_port, user="crowded")), TooManyConnections)


def test_a_full_server_finds_no_free_connection(cluster: PrivateCluster) -> None:
    target = _target(cluster.tcp_port, user="stranger")
    with contextlib.ExitStack() as held:
        attempts = (held.enter_context(connect(target)) for _ in range(11))
        with pytest.raises(TooManyConnections):
            list(attempts)


def test_a_server_without_tls_cannot_be_reached_encrypted(cluster: PrivateCluster) -> None:
    target = parse_target(f"postgresql://postgres:x@127.0.0.1:{cluster.tcp_port}/postgres?sslmode=no-verify")
    assert isinstance(_failure(target), TlsFailed)


def test_a_client_that_pg_hba_does_not_know_is_told_so() -> None:
    with private_cluster(16, tcp=True, hba="local all all trust\n") as closed:
        assert isinstance(_failure(_target(closed.tcp_port)), NoHbaEntry)


@pytest.mark.parametrize("sslmode", ["prefer", "disable"])
def test_a_web_server_is_recognised_as_something_else(sslmode: str) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(1024)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with listening(talk) as port:
        error = _failure(parse_target(f"postgresql://u:verysecret@127.0.0.1:{port}/d?sslmode={sslmode}"))
    assert isinstance(error, NotPostgreSQL)
    assert "5432" in str(error)


def test_a_mail_server_that_greets_first_is_recognised_as_something_else() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220 mail.example.com ESMTP\r\n")
        connection.recv(1024)

    with listening(talk) as port:
        assert isinstance(_failure(_target(port)), NotPostgreSQL)


def test_a_port_that_hangs_up_is_recognised_as_something_else() -> None:
    with listening(lambda connection: connection.close()) as port:
        assert isinstance(_failure(_target(port)), NotPostgreSQL)


@pytest.mark.parametrize("version", ["12.22", "9.6.24", "8.0.2"])
def test_a_server_before_13_is_refused_with_its_version(version: str) -> None:
    with postgres_peer(accepted(version)) as port, pytest.raises(ServerTooOld) as caught:
        connect(_target(port))
    assert caught.value.exit_code == ExitCode.TARGET
    assert f"PostgreSQL {version}" in str(caught.value)


def test_a_database_that_only_speaks_the_protocol_is_not_postgresql() -> None:
    with postgres_peer(accepted("13.0.0", crdb_version="CockroachDB CCL v23.1.11")) as port:
        error = _failure(_target(port))
    assert isinstance(error, NotPostgreSQL)
    assert "CockroachDB" in str(error)


def test_a_server_that_is_starting_gets_one_second_try() -> None:
    waits: list[float] = []
    starting = refused("57P03", "the database system is starting up")
    with postgres_peer(starting, accepted("12.22")) as port, pytest.raises(ServerTooOld):
        connect(_target(port), sleep=waits.append)
    assert len(waits) == 1


def test_a_server_that_keeps_starting_is_reported_after_the_second_try() -> None:
    waits: list[float] = []
    with postgres_peer(refused("57P03", "the database system is starting up")) as port, pytest.raises(StartingUp):
        connect(_target(port), sleep=waits.append)
    assert len(waits) == 1


def test_a_wrong_password_gets_no_second_try(cluster: PrivateCluster) -> None:
    waits: list[float] = []
    with pytest.raises(AuthenticationFailed):
        connect(_target(cluster.tcp_port, password=_WRONG), sleep=waits.append)
    assert waits == []


def test_a_refusal_cannot_steer_the_terminal() -> None:
    with postgres_peer(refused("XX000", "\x1b[31mred\x1b[0m\u202e \x07bell")) as port:
        error = _failure(_target(port))
    assert str(error).isprintable()


def test_an_undefined_service_is_a_configuration_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "services").write_text("[other]\nhost=x\n")
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    with pytest.raises(BadConfiguration, match="pg_service"):
        connect(parse_target("service=staging"))


def test_a_terminated_session_is_a_lost_connection(cluster: PrivateCluster) -> None:
    target = _target(cluster.tcp_port)
    with connect(target) as connection, cluster.connect() as other:
        other.execute("select pg_catalog.pg_terminate_backend(%s)", [connection.info.backend_pid])
        with pytest.raises(psycopg.OperationalError) as caught:
            connection.execute("select pg_catalog.pg_sleep(10)")
        lost = connection_lost(connection, caught.value, target, during="structure")
    assert isinstance(lost, ConnectionLost)
    assert lost.exit_code == ExitCode.TARGET
    assert "during structure" in str(lost)


def test_a_refused_query_is_not_a_lost_connection(cluster: PrivateCluster) -> None:
    target = _target(cluster.tcp_port)
    with connect(target) as connection:
        with pytest.raises(psycopg.Error) as caught:
            connection.execute("select 1/0")
        assert connection_lost(connection, caught.value, target) is None
