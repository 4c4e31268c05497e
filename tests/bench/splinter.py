"""What splinter's lints cost the server: a peer that asks one query for each thing it looks for.

Splinter is SQL in a repository. The npm package of postgres-language-server carries its lints and runs them as one
query; a server's log of that run gives their text, which is then run here on the bench's databases.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from pgaudit.server.embedded import EmbeddedServer
from tests.bench.measure import cpu_seconds_of
from tests.bench.tenants import MAJOR
from tests.fetch_servers import fetched_package
from tests.servers import find_major_binaries

PACKAGE = "@postgres-language-server/cli-x86_64-linux-gnu@0.25.5"
_PROGRAM = "postgres-language-server"
_ROLES = ("anon", "authenticated", "service_role")
"""Lints about the roles of an API are left out where a server does not have them."""
_EXECUTED = re.compile(r"^[^\t].*?LOG:  execute \S+: (SELECT \* FROM \(.*?)\n(?=[^\t])", re.DOTALL | re.MULTILINE)


def splinter_lints() -> str:
    """The text of the query that looks for everything.

    Raises:
        FetchError: The package cannot be had.
        RuntimeError: What it ran is not what we know.
    """
    settings = {"log_statement": "all", "log_line_prefix": "%m "}
    with (
        tempfile.TemporaryDirectory() as scratch,
        EmbeddedServer(find_major_binaries(MAJOR), settings=settings) as server,
    ):
        program = fetched_package(PACKAGE, Path(scratch)) / _PROGRAM
        with psycopg.connect(server.conninfo, autocommit=True) as connection:
            _create_roles(connection)
        where = conninfo_to_dict(server.conninfo)
        url = f"postgresql://{where['user']}@{quote(str(where['host']), safe='')}:{where['port']}/{where['dbname']}"
        environment = {"DATABASE_URL": url, "HOME": scratch}
        done = subprocess.run(
            [program, "dblint"], env=environment, cwd=scratch, capture_output=True, text=True, check=False
        )
        log = server.log_file.read_text(encoding="utf-8") + "\nend"
    found = [text for text in _EXECUTED.findall(log) if '"cache_key!"' in text]
    if len(found) != 1:
        raise RuntimeError(f"{_PROGRAM} ran {len(found)} queries of lints; it said: {done.stderr[-500:]}")
    return str(found[0]).replace("\n\t", "\n")


def splinter_cpu_s(conninfo: str, lints: str) -> float:
    """Processor time that the lints take the server, in seconds; nothing is left behind."""
    with psycopg.connect(conninfo) as connection, connection.cursor() as cursor:
        _create_roles(connection)
        connection.execute("set local search_path = ''")
        connection.execute("set local max_parallel_workers_per_gather = 0")
        before = cpu_seconds_of(connection.info.backend_pid)
        with cursor.copy(f"copy ({lints}) to stdout".encode()) as rows:
            for _ in rows:
                pass
        used = cpu_seconds_of(connection.info.backend_pid) - before
        connection.rollback()
    return used


def _create_roles(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    for role in _ROLES:
        connection.execute(f"create role {role}".encode())
