"""The conflict table of lock modes is the server's."""

from __future__ import annotations

import psycopg
import pytest

from probes.catalog.locks import LockMode, mode_of_server_name
from tests.servers import Database


def test_modes_conflict_exactly_where_the_server_refuses_the_second(database: Database) -> None:
    database.execute("create table t ()")
    with database.connect() as first, database.connect() as second:
        for held in LockMode:
            for wanted in LockMode:
                first.execute(f"begin; lock table t in {held.value} mode".encode())
                second.execute("begin")
                try:
                    second.execute(f"lock table t in {wanted.value} mode nowait".encode())
                    conflict = False
                except psycopg.errors.LockNotAvailable:
                    conflict = True
                second.execute("rollback")
                first.execute("rollback")
                assert held.conflicts_with(wanted) is conflict, (held, wanted)


@pytest.mark.pg(">= 18")
def test_modes_are_called_in_pg_locks_what_we_call_them(database: Database) -> None:
    database.execute("create table t ()")
    with database.connect() as connection:
        for mode in LockMode:
            connection.execute(f"begin; lock table t in {mode.value} mode".encode())
            query = "select mode from pg_locks where relation = 't'::regclass and pid = pg_backend_pid()"
            names = {row[0] for row in connection.execute(query)}
            connection.execute("rollback")
            assert mode.server_name in names
            assert mode_of_server_name(mode.server_name) is mode


def test_conflicts_are_symmetric_and_grow_with_strength() -> None:
    for one in LockMode:
        for other in LockMode:
            assert one.conflicts_with(other) == other.conflicts_with(one)
    strengths = [mode.strength for mode in LockMode]
    assert strengths == [1, 2, 3, 4, 5, 6, 7, 8]
