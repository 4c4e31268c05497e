"""Checks of sessions against a server on which others are at work."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.errors import AdminShutdown

from probes.catalog.catalog import Catalog
from probes.finding import Severity
from tests.probes.checks.states import findings_of, look, names, outcome_of
from tests.servers import PrivateCluster, private_cluster
from tests.waiting import eventually, wait_until_alone

IDLE = "sessions/idle_in_transaction"


@pytest.mark.pg
def test_a_session_idle_in_a_transaction_is_reported_and_ended_by_the_fix(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster, cluster.connect(application_name='pool\'s "1"') as pooled:
        pooled.execute("select 1")
        with contextlib.suppress(AdminShutdown), cluster.connect(application_name="checkout's") as open_one:
            open_one.execute("create table carts (id int)")
            open_one.execute("begin")
            open_one.execute("insert into carts values (1)")
            time.sleep(0.3)
            (finding,) = findings_of(IDLE, look(cluster.dsn), idle_seconds=0.2)
            assert finding.object.name == "checkout's"
            assert finding.evidence["has_written"] is True
            assert findings_of(IDLE, look(cluster.dsn)) == ()  # not for five minutes yet
            assert finding.fix is not None
            with cluster.connect() as helper:
                assert helper.execute(finding.fix.sql[0].encode()).fetchall() == [(True,)]
            assert settled(cluster) == []


def settled(cluster: PrivateCluster) -> list[str]:
    """What is told once the ended session is gone."""
    with cluster.connect() as connection:
        left = b"select count(*) from pg_stat_activity where state like 'idle in transaction%'"
        eventually(lambda: connection.execute(left).fetchone() == (0,))
    return names(findings_of(IDLE, look(cluster.dsn), idle_seconds=0.1))


@pytest.mark.pg
def test_sessions_whose_state_is_hidden_are_said_to_be_unchecked(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster, cluster.connect(application_name="hidden") as open_one:
        open_one.execute("create role onlooker login")
        open_one.execute("begin")
        open_one.execute("select 1")
        catalog: Catalog = look(f"{cluster.dsn} user=onlooker")
        outcome = outcome_of(IDLE, catalog, idle_seconds=0)
        assert outcome.findings == ()
        assert [skip.needs for skip in outcome.skipped] == ["GRANT pg_read_all_stats TO onlooker"]


@pytest.mark.pg
def test_a_long_statement_and_its_transaction_are_reported_and_ended_by_the_fix(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster, ThreadPoolExecutor() as pool:
        busy = cluster.connect(application_name="report")
        job = pool.submit(busy.execute, "select pg_sleep(600)")
        eventually(lambda: "report" in long_running(cluster))
        catalog = look(cluster.dsn)
        assert names(findings_of("sessions/long_running_query", catalog, query_seconds=0.3)) == ["report"]
        assert findings_of("sessions/long_running_query", catalog) == ()
        (finding,) = findings_of("sessions/long_transaction", catalog, transaction_seconds=0.3)
        assert findings_of("sessions/long_transaction", catalog) == ()
        assert finding.fix is not None
        with cluster.connect() as helper:
            helper.execute(finding.fix.sql[0].encode())
        assert isinstance(job.exception(timeout=60), AdminShutdown)
        eventually(lambda: long_running(cluster) == [])
        busy.close()


def long_running(cluster: PrivateCluster) -> list[str]:
    return names(findings_of("sessions/long_running_query", look(cluster.dsn), query_seconds=0.3))


@pytest.mark.pg
def test_the_head_of_a_lock_queue_is_reported_once_for_all_who_wait(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster, ThreadPoolExecutor() as pool:
        holder, second, third = (cluster.connect(application_name=name) for name in ("holder", "second", "third"))
        holder.execute("create table t (id int)")
        holder.execute("begin")
        holder.execute("lock table t in access share mode")
        waits = [pool.submit(second.execute, "alter table t add c int")]
        eventually(lambda: waiting_sessions(cluster) == 1)
        waits.append(pool.submit(third.execute, "select * from t"))
        eventually(lambda: waiting_sessions(cluster) == 2)
        time.sleep(0.2)
        catalog = look(cluster.dsn)
        assert findings_of("sessions/blocked_sessions", catalog, wait_seconds=600) == ()
        (finding,) = findings_of("sessions/blocked_sessions", catalog, wait_seconds=0.1)
        assert (finding.object.name, finding.evidence["waiting_sessions"]) == ("holder", 2)
        assert finding.fix is not None
        with cluster.connect() as helper:
            helper.execute(finding.fix.sql[0].encode())
        assert [wait.result(timeout=60) is not None for wait in waits] == [True, True]
        assert findings_of("sessions/blocked_sessions", look(cluster.dsn), wait_seconds=0.1) == ()
        for connection in (second, third):
            connection.close()


def waiting_sessions(cluster: PrivateCluster) -> int:
    with cluster.connect() as connection:
        row = connection.execute("select count(distinct pid) from pg_locks where not granted").fetchone()
        return int(row[0]) if row else 0


@pytest.mark.pg
def test_connections_near_their_limit_and_their_mere_number(pg_major: int) -> None:
    settings = {"max_connections": "10", "superuser_reserved_connections": "3"}
    with private_cluster(pg_major, settings=settings) as cluster, contextlib.ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(cluster.connect())
        wait_until_alone(cluster, besides=5)
        catalog = look(cluster.dsn)
        assert findings_of("sessions/connections_near_max", catalog) == ()  # five of seven
        assert findings_of("sessions/too_many_connections_absolute", catalog) == ()
        assert findings_of("sessions/connection_churn", catalog) == ()
        stack.enter_context(cluster.connect())
        wait_until_alone(cluster, besides=6)
        catalog = look(cluster.dsn)
        (finding,) = findings_of("sessions/connections_near_max", catalog)
        assert (finding.evidence["connections"], finding.severity) == (6, Severity.MEDIUM)
        assert len(findings_of("sessions/too_many_connections_absolute", catalog, connections=5)) == 1
        assert len(findings_of("sessions/connection_churn", catalog, connections=5)) == 1
        (states,) = findings_of("sessions/by_state_and_source", catalog)
        assert states.evidence["idle"] == 6


@pytest.mark.pg
def test_a_prepared_transaction_that_nobody_finishes_is_reported(pg_major: int) -> None:
    check = "sessions/prepared_transactions"
    with private_cluster(pg_major, settings={"max_prepared_transactions": "2"}) as cluster:
        with cluster.connect() as connection:
            connection.execute("begin; create table t (); prepare transaction 'left behind'")
            time.sleep(0.2)
            assert findings_of(check, look(cluster.dsn)) == ()
            (finding,) = findings_of(check, look(cluster.dsn), age_seconds=0.1)
            assert "left behind" not in finding.message
            connection.execute("rollback prepared 'left behind'")
        assert findings_of(check, look(cluster.dsn), age_seconds=0) == ()


@pytest.mark.pg
def test_a_lock_table_that_fills_up_is_reported_before_it_is_full(pg_major: int) -> None:
    settings = {"max_locks_per_transaction": "10", "max_connections": "10", "max_prepared_transactions": "0"}
    with private_cluster(pg_major, settings=settings) as cluster, cluster.connect() as connection:
        for number in range(60):
            connection.execute(f"create table t{number} ()")
        assert findings_of("sessions/lock_count", look(cluster.dsn)) == ()
        connection.execute("begin")
        for number in range(60):
            connection.execute(f"lock table t{number} in access share mode")
        (finding,) = findings_of("sessions/lock_count", look(cluster.dsn))
        assert finding.evidence["lock_table_slots"] == 100
        assert finding.fix is not None
        assert finding.fix.sql == ("alter system set max_locks_per_transaction = 20",)
        connection.execute("rollback")


@pytest.mark.pg
def test_sessions_over_tcp_without_tls_are_told_by_role(pg_major: int) -> None:
    with private_cluster(pg_major, tcp=True) as cluster:
        assert findings_of("security/session_without_tls", look(cluster.dsn)) == ()
        remote = psycopg.connect(cluster.tcp_dsn)
        assert names(findings_of("security/session_without_tls", look(cluster.dsn))) == ["postgres"]
        remote.close()
