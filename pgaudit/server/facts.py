"""What is known about a server, the database and our role right after connecting."""

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

import psycopg
from psycopg.rows import dict_row

from pgaudit.server.connect import connection_lost
from pgaudit.server.database_target import Target
from pgaudit.server.pooler import Pooler, PoolerSigns, judge_pooler
from pgaudit.server.url import pooler_hints
from probes.catalog.provider import ADMINISTRATOR_ROLES, MARKER_ROLES, Provider, detect_provider

_VERSIONS_PER_MAJOR = 10_000
_BEGIN = (
    "/* pgaudit */ begin isolation level read committed read only; "
    "set local search_path = pg_catalog, pg_temp; set local statement_timeout = '15s'; set local lock_timeout = '200ms'"
)


@dataclass(frozen=True, slots=True)
class Role:
    """The role of the session and what it may do."""

    name: str
    superuser: bool
    bypasses_rls: bool
    memberships: frozenset[str]
    """Predefined roles (`pg_...`) and services' administrators whose privileges it has without SET ROLE."""

    def has(self, role: str) -> bool:
        """Whether it has the privileges of a predefined role."""
        return self.superuser or role in self.memberships


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What is known after connecting. Times are the server's, in UTC."""

    version_num: int
    version: str
    version_text: str
    database: str
    role: Role
    in_recovery: bool
    observed_at: datetime
    started_at: datetime
    stats_reset_at: datetime | None
    provider: Provider
    pooler: Pooler
    object_audit_role: str | None
    """The pgAudit extension's `pgaudit.role`, if it is set."""
    is_object_audit_role: bool
    """Whether our role is that one, or a member of it."""

    @property
    def major(self) -> int:
        """The major version, such as 16."""
        return self.version_num // _VERSIONS_PER_MAJOR

    @property
    def counters_age(self) -> timedelta:
        """How long counters have surely been counting: since their reset or the server's start, whichever was later.

        A reset time that is null does not mean long ago: after a crash the counters are zero and it is null.
        """
        since = max(self.started_at, self.stats_reset_at or self.started_at)
        return max(timedelta(), self.observed_at - since)


def read_facts(connection: psycopg.Connection[Any], target: Target) -> ServerFacts:
    """Gives the facts about the connected server, from two short read-only transactions.

    Raises:
        ConnectionLost: the session ended meanwhile.
    """
    try:
        row = _facts_row(connection)
        second_pid = _backend_pid(connection)
    except psycopg.Error as error:
        if (lost := connection_lost(connection, error, target, during="the first look")) is not None:
            raise lost from None
        raise
    host = connection.info.host
    port = connection.info.port
    flagged = any("in the URL" in hint for hint in target.pooler_hints)
    signs = PoolerSigns(
        hints=pooler_hints(host, str(port), by_flag=flagged),
        announced_pid=connection.info.backend_pid,
        backend_pids=(row["backend_pid"], second_pid),
        requested_port=None if host.startswith(("/", "@")) else port,
        server_port=row["server_port"],
        host=host,
    )
    provider = detect_provider(
        setting_prefixes=row["setting_prefixes"],
        roles=row["marker_roles"],
        schemas=row["marker_schemas"],
        host=host,
    )
    return _facts(row, provider, judge_pooler(signs))


def _facts(row: dict[str, Any], provider: Provider, pooler: Pooler) -> ServerFacts:
    return ServerFacts(
        version_num=row["version_num"],
        version=row["version"],
        version_text=row["version_text"],
        database=row["database"],
        role=Role(row["role"], row["superuser"], row["bypasses_rls"], frozenset(row["memberships"])),
        in_recovery=row["in_recovery"],
        observed_at=_utc(row["observed_at"]),
        started_at=_utc(row["started_at"]),
        stats_reset_at=None if row["stats_reset_at"] is None else _utc(row["stats_reset_at"]),
        provider=provider,
        pooler=pooler,
        object_audit_role=row["object_audit_role"],
        is_object_audit_role=row["is_object_audit_role"],
    )


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _facts_row(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    arguments = {"markers": list(MARKER_ROLES), "administrators": list(ADMINISTRATOR_ROLES)}
    # binary: how the session writes floats (extra_float_digits) must not round moments to years
    with read_only(connection), connection.cursor(binary=True, row_factory=dict_row) as cursor:
        row = cursor.execute(query_text("facts"), arguments).fetchone()
    if row is None:
        raise psycopg.DataError("the facts query gave no row")
    return row


def _backend_pid(connection: psycopg.Connection[Any]) -> int:
    with read_only(connection):
        row = connection.execute("/* pgaudit */ select pg_catalog.pg_backend_pid()").fetchone()
    return int(row[0]) if row else 0


@contextlib.contextmanager
def read_only(connection: psycopg.Connection[Any]) -> Generator[None]:
    """Runs the block in a read-only transaction; our settings end with it, a pooled session stays as it was."""
    connection.execute(_BEGIN)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("rollback")


@cache
def query_text(name: str) -> bytes:
    """Gives a query of this package."""
    return resources.files("pgaudit.server").joinpath("sql", f"{name}.sql").read_bytes()
