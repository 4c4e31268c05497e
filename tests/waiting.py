"""Waiting until a server has come to where a test wants it: never for a time, always for a condition."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

import psycopg

_POLL_S = 0.02
_OTHERS = """
select count(*) from pg_catalog.pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and pid <> pg_catalog.pg_backend_pid()
"""
_MARK = "pg_catalog.pg_transform"
"""A system table that nothing else reads: no test counts its scans."""
_MARKED = f"select seq_scan from pg_catalog.pg_stat_sys_tables where relid = '{_MARK}'::pg_catalog.regclass"


class Connectable(Protocol):
    """A database, or a server with one."""

    def connect(self, **parameters: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """Give an autocommit connection."""
        ...


def eventually(condition: Callable[[], bool], *, timeout_s: float = 60, poll_s: float = _POLL_S) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(poll_s)


def wait_until_alone(database: Connectable, *, besides: int = 0) -> None:
    """Wait until all sessions of the database but so many have ended: a client that closes does not wait for that."""
    with database.connect() as connection:
        eventually(lambda: connection.execute(_OTHERS).fetchone() == (besides,))


def wait_for_counters(database: Connectable) -> None:
    """Wait until whatever ended sessions did is counted, and seen by whoever looks next. None may be open meanwhile.

    A session hands its counters over when it ends. Before 15 a process of its own adds them up, in the order in which
    they come, and shows a file of them that may be half a second old: when a later session's scan is seen there, so is
    all that came before it.
    """
    wait_until_alone(database)
    with database.connect() as connection:
        before = connection.execute(_MARKED).fetchone()

        def is_seen() -> bool:
            with database.connect() as marking:  # again each time: before 15 a message may be lost on the way
                marking.execute(f"select count(*) from {_MARK}")
            return connection.execute(_MARKED).fetchone() != before

        eventually(is_seen, poll_s=0.05)
