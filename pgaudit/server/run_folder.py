"""The short-lived folder of one embedded server, locked by those who use it, swept when they are gone.

A folder is in use exactly as long as someone holds its `flock`: our process and the supervisor do. The kernel frees it
whatever way they end, so no pid is stored that another process could get later. A folder gets its visible name only
after it is locked: an unlocked one is always a leftover.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pgaudit.server.unprivileged import readable_by_all

_PREFIX = "pgaudit-server-"
_LONGEST_SOCKET_FOLDER = 107 - len("/socket/.s.PGSQL.65535")  # sun_path holds 108 bytes with its end mark on Linux


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A folder on disk and the descriptor that keeps it locked."""

    path: Path
    lock: int

    @property
    def data(self) -> Path:
        """The server's data directory."""
        return self.path / "data"

    @property
    def socket(self) -> Path:
        """The directory of the server's Unix socket."""
        return self.path / "socket"

    @property
    def log(self) -> Path:
        """What the server wrote to its log."""
        return self.path / "server.log"

    def remove(self) -> None:
        """Remove the folder and free its lock."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.lock)


def create_run_folder() -> RunFolder:
    """Give a new, empty, locked folder that every user can enter and none can list."""
    unnamed = Path(tempfile.mkdtemp(prefix="new-pgaudit-", dir=_parent()))
    lock = os.open(unnamed, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    unnamed.chmod(0o711)
    path = unnamed.with_name(_PREFIX + unnamed.name.removeprefix("new-pgaudit-"))
    unnamed.rename(path)
    return RunFolder(path=path, lock=lock)


def sweep_stale_folders() -> list[Path]:
    """Give the folders of ours that nobody used any more, after stopping what still ran in them and removing them."""
    return [path for path in sorted(_parent().glob(_PREFIX + "*")) if _is_ours(path) and _sweep(path)]


def _parent() -> Path:
    configured = Path(tempfile.gettempdir())
    fits = len(os.fsencode(configured / (_PREFIX + "12345678"))) <= _LONGEST_SOCKET_FOLDER
    return configured if fits and (os.geteuid() != 0 or readable_by_all(configured)) else Path("/tmp")  # noqa: S108 -- mkdtemp inside it


def _is_ours(path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return not path.is_symlink() and path.is_dir() and path.stat().st_uid == os.geteuid()
    return False


def _sweep(path: Path) -> bool:
    try:
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _stop_left_over_server(path / "data")
        shutil.rmtree(path, ignore_errors=True)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def _stop_left_over_server(data: Path) -> None:
    with contextlib.suppress(FileNotFoundError, ValueError, IndexError, ProcessLookupError):
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        if _runs_in(pid, data):
            os.kill(pid, signal.SIGQUIT)


def _runs_in(pid: int, data: Path) -> bool:
    """Whether the process is the server of this data directory; by now the pid may belong to somebody else."""
    if Path("/proc/self").exists():
        return Path(f"/proc/{pid}/cwd").readlink() == data.resolve()
    shown = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return str(data) in shown.stdout
