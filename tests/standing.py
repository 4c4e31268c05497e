"""What stands on a server outside its tests' databases, compared before and after each test.

Servers are shared by many tests, in any order. What outlives a database (a role, a setting, a slot, an open session)
would change what later tests see, so the test that leaves it behind is the one that fails.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import psycopg

from tests.servers import Server

_PATIENCE_S = 10.0
_POLL_S = 0.02
_STANDING = """
select 'role ' || r.rolname || ' ' || r.*::text from pg_catalog.pg_authid as r
union all
select 'membership ' || m.member::regrole || ' in ' || m.roleid::regrole || ' ' || m.*::text
from pg_catalog.pg_auth_members as m
union all
select 'settings ' || s.*::text from pg_catalog.pg_db_role_setting as s
union all
select
    'database ' || d.datname || ' '
    || (d.datdba, d.encoding, d.datistemplate, d.datallowconn, d.datconnlimit, d.datacl)::text
from pg_catalog.pg_database as d
union all
select 'tablespace ' || t.*::text from pg_catalog.pg_tablespace as t
union all
select 'replication slot ' || s.slot_name from pg_catalog.pg_replication_slots as s
union all
select 'prepared transaction ' || p.gid from pg_catalog.pg_prepared_xacts as p
union all
select 'subscription ' || s.subname from pg_catalog.pg_subscription as s
union all
select 'replication origin ' || o.roname from pg_catalog.pg_replication_origin as o
union all
select 'line ' || (f.sourcefile, f.name, f.setting)::text from pg_catalog.pg_file_settings as f
union all
select 'schema ' || n.nspname from pg_catalog.pg_namespace as n where n.oid >= 16384
union all
select 'relation ' || c.oid::regclass from pg_catalog.pg_class as c where c.oid >= 16384
union all
select 'function ' || p.oid::regprocedure from pg_catalog.pg_proc as p where p.oid >= 16384
union all
select pg_catalog.concat('session of ', a.usename, ' in ', a.datname, ' with process ID ', a.pid)
from pg_catalog.pg_stat_activity as a
where a.backend_type = 'client backend' and a.pid <> pg_catalog.pg_backend_pid()
"""
"""Of the shared catalogs, the configuration files, the database `postgres` and the sessions; one text a thing."""
_PARAMETER_GRANTS = "union all select 'grant ' || a.*::text from pg_catalog.pg_parameter_acl as a"


class LeftBehindError(AssertionError):
    """A test left something on a shared server, or took something away."""

    def __init__(self, major: int, left: frozenset[str], gone: frozenset[str]) -> None:
        lines = [*(f"+ {thing}" for thing in sorted(left)), *(f"- {thing}" for thing in sorted(gone))]
        super().__init__(
            f"the shared PostgreSQL {major} is not as the test found it; undo in a `finally`, or use private_cluster:\n"
            + "\n".join(lines)
        )


class Watch:
    """Looks at one server through a session that is kept, for looking takes less than connecting."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self._query = (_STANDING + (_PARAMETER_GRANTS if server.major >= 15 else "")).encode()

    def standing(self) -> frozenset[str]:
        """Give what stands on the server now."""
        if self._connection is None or self._connection.closed:
            self._connection = self._server.connect()
        try:
            return frozenset(thing for (thing,) in self._connection.execute(self._query).fetchall())
        except psycopg.OperationalError:  # a test ended all sessions
            self.close()
            self._connection = self._server.connect()
            return frozenset(thing for (thing,) in self._connection.execute(self._query).fetchall())

    def close(self) -> None:
        """End the session."""
        if self._connection is not None:
            self._connection.close()

    @contextlib.contextmanager
    def unchanged(self) -> Iterator[None]:
        """Demand that the server stands afterwards as before; sessions may take a moment to end, those before as well.

        Raises:
            LeftBehindError: it does not.
        """
        before = self.standing()
        yield
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            after = self.standing()
            left = after - before
            gone = before - after - _sessions(before)
            if not left and not gone:
                return
            if gone or left - _sessions(left) or time.monotonic() > deadline:
                raise LeftBehindError(self._server.major, left, gone)
            time.sleep(_POLL_S)


def _sessions(things: frozenset[str]) -> frozenset[str]:
    return frozenset(thing for thing in things if thing.startswith("session "))
