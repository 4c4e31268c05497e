"""A real PgBouncer in transaction mode, with one server connection that all its clients share."""

import time
from collections.abc import Iterator

import psycopg
import pytest

from pgaudit.errors import AuthenticationFailed, PoolerRefused, StartingUp, UnknownDatabase, Unreachable
from pgaudit.server.connect import connect
from pgaudit.server.facts import read_facts
from pgaudit.server.pooler import PoolerVerdict
from pgaudit.server.url import parse_target
from tests.pgaudit.server.peers import Bouncer, pooler_of
from tests.servers import PrivateCluster, private_cluster

# Everything an application sees of its session.
_SESSION = "select name, setting from pg_catalog.pg_settings order by name"


@pytest.fixture(scope="module")
def cluster() -> Iterator[PrivateCluster]:
    with private_cluster(16) as started:
        with started.connect() as connection:
            connection.execute("create database latin template template0 encoding latin1 locale 'C'")
        yield started


@pytest.fixture(scope="module")
def bouncer(cluster: PrivateCluster) -> Iterator[Bouncer]:
    with pooler_of(cluster) as started:
        yield started


def _application(bouncer: Bouncer, database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(bouncer.url("postgres", database), autocommit=True, prepare_threshold=None)


def test_a_transaction_pooler_is_detected_without_any_hint_in_the_url(bouncer: Bouncer) -> None:
    target = parse_target(bouncer.url("postgres", "postgres"))
    assert not target.looks_pooled
    with connect(target) as connection:
        pooler = read_facts(connection, target).pooler
    assert pooler.verdict is PoolerVerdict.CERTAIN
    assert pooler.reasons


def test_the_same_query_can_run_a_hundred_times_through_a_pooler(bouncer: Bouncer) -> None:
    """Psycopg prepares a statement at its sixth execution unless told not to; a pooler then mixes them up."""
    target = parse_target(bouncer.url("postgres", "postgres"))
    with connect(target) as one, connect(target) as other:
        for number in range(100):
            for connection in (one, other):
                assert connection.execute("select %s::pg_catalog.int4", [number]).fetchone() == (number,)


@pytest.mark.parametrize("database", ["postgres", "latin"])
def test_no_setting_of_ours_is_left_behind_for_the_application(bouncer: Bouncer, database: str) -> None:
    with _application(bouncer, database) as application:
        shared = application.execute("select pg_catalog.pg_backend_pid()").fetchone()
        before = application.execute(_SESSION).fetchall()
        target = parse_target(bouncer.url("postgres", database))
        with connect(target) as connection:
            read_facts(connection, target)
            assert connection.execute("select pg_catalog.pg_backend_pid()").fetchone() == shared
        assert application.execute(_SESSION).fetchall() == before
        assert application.execute("select pg_catalog.pg_backend_pid()").fetchone() == shared
    with _application(bouncer, database) as newcomer:
        assert newcomer.execute("select pg_catalog.pg_backend_pid()").fetchone() == shared
        assert newcomer.execute(_SESSION).fetchall() == before


def test_startup_options_are_what_a_pooler_refuses_and_the_error_says_so(bouncer: Bouncer) -> None:
    target = parse_target(bouncer.url("postgres", "postgres", "?options=-c%20geqo%3Doff"))
    with pytest.raises(PoolerRefused, match="options"):
        connect(target)


def test_pgoptions_of_the_environment_is_kept_from_a_pooled_target(
    bouncer: Bouncer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c geqo=off")
    with connect(parse_target(bouncer.url("postgres", "postgres", "?pgbouncer=true"))) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_what_the_server_refuses_is_told_apart_through_a_pooler(bouncer: Bouncer) -> None:
    with pytest.raises(UnknownDatabase):
        connect(parse_target(bouncer.url("postgres", "nope")))
    with pytest.raises(AuthenticationFailed):
        connect(parse_target(bouncer.url("stranger", "postgres")))


def test_a_pooler_in_front_of_a_stopped_server_does_not_keep_us_waiting(
    bouncer: Bouncer, cluster: PrivateCluster
) -> None:
    """PgBouncer logs the user of a pool in by itself, and lets the first query wait for two minutes."""
    connect(parse_target(bouncer.url("postgres", "postgres"))).close()
    cluster.stop()
    started = time.monotonic()
    try:
        for database in ("postgres", "template1"):
            with pytest.raises((Unreachable, StartingUp)):
                connect(parse_target(bouncer.url("postgres", database)), connect_timeout_s=2, sleep=lambda _: None)
    finally:
        cluster.start()
    assert time.monotonic() - started < 60
