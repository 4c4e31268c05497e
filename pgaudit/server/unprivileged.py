"""Who runs an embedded server, and where files that this user can read are cached.

PostgreSQL refuses to run as root. As root we start it as `nobody`, which exists everywhere, rather than create a user.
"""

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from pgaudit.errors import EmbeddedServerFailed

_SYSTEM_CACHE = Path("/var/cache/pgaudit")


@dataclass(frozen=True, slots=True)
class ServerUser:
    """The user a server runs as."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether a process must change its user to become this one."""
        return self.uid != os.geteuid()

    def run(self, command: list[str | Path], *, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
        """Give the finished process of a command run as this user, whatever its exit code, with its output as text."""
        if self.is_other:
            return subprocess.run(  # noqa: S603 -- programs of our own PostgreSQL binaries
                command,
                env=environment,
                cwd="/",
                text=True,
                capture_output=True,
                check=False,
                user=self.uid,
                group=self.gid,
                extra_groups=[],
            )
        return subprocess.run(command, env=environment, cwd="/", text=True, capture_output=True, check=False)  # noqa: S603

    def own(self, path: Path) -> None:
        """Give the path to this user."""
        if self.is_other:
            os.chown(path, self.uid, self.gid)


def server_user() -> ServerUser:
    """Give the user that a server started by this process runs as: ourselves, or `nobody` when we are root.

    Raises:
        EmbeddedServerFailed: the user has no entry in the password database; initdb refuses to run without.
    """
    uid = os.geteuid()
    try:
        entry = pwd.getpwnam("nobody") if uid == 0 else pwd.getpwuid(uid)
    except KeyError as error:
        raise EmbeddedServerFailed(
            f"cannot run as {'nobody' if uid == 0 else f'user {uid}'}, which the password database does not know",
            "add the user to /etc/passwd, or run pgaudit as another one",
        ) from error
    return ServerUser(uid=entry.pw_uid, gid=entry.pw_gid)


def readable_by_all(path: Path) -> bool:
    """Whether every user can reach and read the path (mode bits only; root's own powers and ACLs are not counted)."""
    real = path.resolve()
    if not all(parent.stat().st_mode & stat.S_IXOTH for parent in real.parents):
        return False
    needed = stat.S_IROTH | stat.S_IXOTH if real.is_dir() else stat.S_IROTH
    return real.stat().st_mode & needed == needed


def cache_directory() -> Path:
    """Give the folder for cached server files, and create it.

    It is the user's cache folder, or /var/cache/pgaudit for a root whose home is closed to `nobody`.

    Raises:
        EmbeddedServerFailed: the folder cannot be created.
    """
    folder = Path(platformdirs.user_cache_dir("pgaudit"))
    if os.geteuid() == 0 and not _open_to_all(folder):
        folder = _SYSTEM_CACHE
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedServerFailed(
            "has no folder for cached files", f"set XDG_CACHE_HOME to a folder you can write ({error})"
        ) from error
    return folder


def _open_to_all(folder: Path) -> bool:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return readable_by_all(existing)
