"""The guard of shared servers: what a test leaves behind fails that test, and no other."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ServerPool
from tests.servers import PrivateCluster, Server, private_cluster
from tests.standing import LeftBehindError, Watch
from tests.test_servers import run_pytest

LEFTOVERS = {
    "role": ("create role left_over", "drop role left_over"),
    "attribute of a role": ("alter role postgres connection limit 7", "alter role postgres connection limit -1"),
    "membership": ("grant pg_monitor to pg_signal_backend", "revoke pg_monitor from pg_signal_backend"),
    "setting of a role": ("alter role postgres set work_mem = '5MB'", "alter role postgres reset work_mem"),
    "setting of a database": ("alter database postgres set work_mem = '5MB'", "alter database postgres reset work_mem"),
    "setting of the server": ("alter system set work_mem = '5MB'", "alter system reset work_mem"),
    "database": ("create database left_over template template0", "drop database left_over"),
    "right to a database": (
        "revoke connect on database postgres from public",
        "grant connect on database postgres to public",
    ),
    "table beside the tests' databases": ("create table left_over (a int)", "drop table left_over"),
    "extension": ("create extension pg_stat_statements", "drop extension pg_stat_statements"),
    "slot": (
        "select pg_create_physical_replication_slot('left_over')",
        "select pg_drop_replication_slot('left_over')",
    ),
    "prepared transaction": (
        "begin; create table left_over (a int); prepare transaction 'left over'",
        "rollback prepared 'left over'",
    ),
    "origin": ("select pg_replication_origin_create('left_over')", "select pg_replication_origin_drop('left_over')"),
}
TWO_TESTS = """
import pytest
@pytest.mark.pg("== 18")
@pytest.mark.parametrize("number", [1, 2])
def test_it(number, server):
    with server.connect() as connection:
        connection.execute("create role left_over" if number == 1 else "select 1")
"""


@pytest.fixture(scope="module")
def clusters() -> Iterator[dict[int, PrivateCluster]]:
    with contextlib.ExitStack() as stack:
        settings = {"max_prepared_transactions": "2"}
        yield {major: stack.enter_context(private_cluster(major, settings=settings)) for major in (13, 18)}


@pytest.mark.parametrize("what", LEFTOVERS)
@pytest.mark.parametrize("major", [13, 18])
def test_what_outlives_a_test_is_noticed(clusters: dict[int, PrivateCluster], major: int, what: str) -> None:
    cluster = clusters[major]
    leave, undo = LEFTOVERS[what]
    with contextlib.closing(Watch(Server(major, cluster.dsn, "a test"))) as watch:
        with pytest.raises(LeftBehindError), watch.unchanged():
            run(cluster, leave)
        run(cluster, undo)
        with watch.unchanged():
            run(cluster, leave)
            run(cluster, undo)


def run(cluster: PrivateCluster | Server, script: str) -> None:
    with cluster.connect() as connection:
        connection.execute(script.encode())


def test_a_session_that_ends_a_moment_later_is_waited_for_and_one_that_stays_is_named(
    clusters: dict[int, PrivateCluster], monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = clusters[18]
    with contextlib.closing(Watch(Server(18, cluster.dsn, "a test"))) as watch:
        with watch.unchanged():
            cluster.connect().close()
        monkeypatch.setattr("tests.standing._PATIENCE_S", 0.1)
        with (
            contextlib.ExitStack() as stack,
            pytest.raises(LeftBehindError, match=r"\+ session of postgres in postgres"),
            watch.unchanged(),
        ):
            stack.enter_context(cluster.connect())


@pytest.mark.pg("== 18")
def test_a_changed_server_is_given_to_no_other_test(server_pool: ServerPool, pg_major: int) -> None:
    if server_pool.get(pg_major).source == "environment":
        pytest.skip("a server that the environment names is not watched")
    with contextlib.ExitStack() as stack:
        pool = ServerPool(stack)
        with pytest.raises(LeftBehindError, match=r"\+ role left_over"), pool.unchanged(pg_major) as first:
            run(first, "create role left_over")
        with pool.unchanged(pg_major) as second:
            assert second.dsn != first.dsn


def test_the_fixture_fails_the_test_that_left_something_and_not_the_next(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, TWO_TESTS, PGAUDIT_PG_CACHE=os.environ.get("PGAUDIT_PG_CACHE", ""))
    assert "2 passed, 1 error" in done.stdout
    assert "+ role left_over" in done.stdout
    assert "at teardown of test_it[pg18-1]" in done.stdout
