"""Real TCP peers: a server that speaks just enough of the startup protocol, and PgBouncer."""

import contextlib
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from pgaudit.server.unprivileged import server_user
from tests.servers import PrivateCluster, free_port

_SSL_REQUEST, _GSS_REQUEST = 80877103, 80877104
_STARTED_WITHIN_S = 60


def message(kind: bytes, body: bytes) -> bytes:
    """One protocol message: type, length including itself, body (manual, "Message Formats")."""
    return kind + struct.pack("!i", len(body) + 4) + body


def accepted(server_version: str, **parameters: str) -> bytes:
    """What a server says after a login: AuthenticationOk, ParameterStatus, BackendKeyData, ReadyForQuery."""
    statuses = {"server_version": server_version, "client_encoding": "UTF8", **parameters}
    return b"".join(
        [
            message(b"R", struct.pack("!i", 0)),
            *(message(b"S", f"{name}\0{value}\0".encode()) for name, value in statuses.items()),
            message(b"K", struct.pack("!ii", 4711, 1)),
            message(b"Z", b"I"),
        ]
    )


def refused(sqlstate: str, text: str) -> bytes:
    """A FATAL ErrorResponse."""
    return message(b"E", f"SFATAL\0VFATAL\0C{sqlstate}\0M{text}\0\0".encode())


def _startup(connection: socket.socket) -> None:
    """Reads up to the startup message; declines TLS and GSS encryption."""
    while True:
        length, code = struct.unpack("!ii", connection.recv(8, socket.MSG_WAITALL))
        connection.recv(length - 8, socket.MSG_WAITALL)
        if code not in (_SSL_REQUEST, _GSS_REQUEST):
            return
        connection.sendall(b"N")


@contextlib.contextmanager
def listening(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Gives the port of a peer that lets `talk` hold every conversation, one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection, contextlib.suppress(OSError, struct.error):
                    talk(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)


@contextlib.contextmanager
def postgres_peer(*answers: bytes) -> Iterator[int]:
    """Gives the port of a peer that answers startup messages with `answers`, the last one again and again."""
    remaining = list(answers)

    def talk(connection: socket.socket) -> None:
        _startup(connection)
        connection.sendall(remaining.pop(0) if len(remaining) > 1 else remaining[0])
        connection.settimeout(1)
        connection.recv(1024)

    with listening(talk) as port:
        yield port


@dataclass(frozen=True, slots=True)
class Bouncer:
    """A running PgBouncer."""

    port: int

    def url(self, user: str, database: str, query: str = "") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}{query}"


@contextlib.contextmanager
def pgbouncer(program: str, server_dsn: str, *, users: list[str]) -> Iterator[Bouncer]:
    """Starts a transaction pooler with one server connection per pool, in front of a server that trusts its socket."""
    user = server_user()
    folder = Path(tempfile.mkdtemp(prefix="pgaudit-bouncer-"))
    port = free_port()
    try:
        (folder / "users.txt").write_text("".join(f'"{name}" ""\n' for name in users))
        (folder / "bouncer.ini").write_text(
            f"[databases]\n* = {server_dsn}\n"
            "[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {folder}/users.txt\n"
            "pool_mode = transaction\ndefault_pool_size = 1\nmin_pool_size = 0\n"
            f"logfile = {folder}/log\npidfile = {folder}/pid\n"
        )
        for path in [folder, *folder.iterdir()]:
            user.own(path)
        identity = {"user": user.uid, "group": user.gid, "extra_groups": []} if user.is_other else {}
        process = subprocess.Popen(
            [program, "-q", str(folder / "bouncer.ini")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            **identity,  # type: ignore[call-overload]
        )
        try:
            _wait_for(port)
            yield Bouncer(port)
        finally:
            process.kill()  # asked politely, some releases wait for their clients
            process.wait(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def pooler_of(cluster: PrivateCluster) -> Iterator[Bouncer]:
    """Starts PgBouncer in front of a private cluster; skips the test where it is not installed and not demanded."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        reason = "PgBouncer is not installed (Debian: apt-get install pgbouncer)"
        if os.environ.get("PGAUDIT_REQUIRE_PGBOUNCER"):
            pytest.fail(reason)
        pytest.skip(reason)
    parameters = conninfo_to_dict(cluster.dsn)
    server = " ".join(f"{keyword}={parameters[keyword]}" for keyword in ("host", "port") if keyword in parameters)
    with pgbouncer(program, server, users=["postgres"]) as started:
        yield started


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _STARTED_WITHIN_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
