"""States of a whole server that no story can make: old databases, held horizons, workers at their limit."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import psycopg
import pytest

from pgaudit.audit.run import Policy, run_checks
from probes.check import Thresholds, built_in_checks
from probes.finding import Finding, Severity
from tests.pictures import picture_of
from tests.servers import PrivateCluster, private_cluster
from tests.waiting import eventually

CHECKS = {check.id: check for check in built_in_checks()}


@pytest.fixture
def cluster(pg_major: int) -> Iterator[PrivateCluster]:
    with private_cluster(pg_major, settings={"autovacuum": "off"}) as running:
        yield running


def findings(cluster: PrivateCluster, check_id: str, **thresholds: object) -> dict[str, Finding]:
    catalog = picture_of(cluster.dsn)
    check = CHECKS[check_id]
    at: Thresholds = check.thresholds(**thresholds)
    outcome = run_checks(catalog, [check], Policy(thresholds={check_id: at}))
    assert outcome.checked, (outcome.skipped, outcome.failed)
    return {finding.object.name: finding for finding in outcome.findings}


def make_old(cluster: PrivateCluster, database: str, age_xids: int) -> None:
    """Have pg_database say that the database was last frozen so many transactions ago."""
    with cluster.connect() as connection:
        connection.execute("select pg_catalog.txid_current()")
        connection.execute(
            "update pg_catalog.pg_database set datfrozenxid ="
            " ((pg_catalog.txid_current() - %s + 4294967296) %% 4294967296)::text::pg_catalog.xid where datname = %s",
            (age_xids, database),
        )


@pytest.mark.pg
def test_old_databases_are_reported_by_age_and_vacuum_freeze_repairs_ours(cluster: PrivateCluster) -> None:
    make_old(cluster, "postgres", 1_300_000_000)
    make_old(cluster, "template1", 600_000_000)
    make_old(cluster, "template0", 400_000_000)
    found = findings(cluster, "vacuum/xid_wraparound_database")
    assert {name: finding.severity for name, finding in found.items()} == {
        "postgres": Severity.CRITICAL,
        "template1": Severity.HIGH,
    }
    assert found["template1"].fix is None
    fix = found["postgres"].fix
    assert fix is not None
    with cluster.connect() as connection:
        for statement in fix.sql:
            connection.execute(statement)
    assert "postgres" not in findings(cluster, "vacuum/xid_wraparound_database")


@pytest.mark.pg
def test_database_without_connections_is_reported_too(cluster: PrivateCluster) -> None:
    make_old(cluster, "template0", 700_000_000)
    found = findings(cluster, "vacuum/xid_wraparound_database")
    assert list(found) == ["template0"]
    assert "ALLOW_CONNECTIONS" in (found["template0"].advice or "")


@pytest.mark.pg(">= 18")
def test_age_is_measured_against_a_raised_freeze_max_age(pg_major: int) -> None:
    settings = {"autovacuum": "off", "autovacuum_freeze_max_age": "1000000000"}
    with private_cluster(pg_major, settings=settings) as cluster:
        make_old(cluster, "postgres", 1_100_000_000)
        assert findings(cluster, "vacuum/xid_wraparound_database") == {}


@pytest.mark.pg
def test_database_past_its_freeze_limit_is_reported_until_it_is_frozen(cluster: PrivateCluster) -> None:
    make_old(cluster, "postgres", 230_000_000)
    make_old(cluster, "template0", 190_000_000)
    found = findings(cluster, "vacuum/freeze_max_age_near")
    assert list(found) == ["postgres"]
    fix = found["postgres"].fix
    assert fix is not None
    with cluster.connect() as connection:
        for statement in fix.sql:
            connection.execute(statement)
    assert findings(cluster, "vacuum/freeze_max_age_near") == {}


@pytest.mark.pg
def test_old_multixact_of_a_database_is_reported(cluster: PrivateCluster) -> None:
    with cluster.connect() as connection:
        connection.execute(
            "update pg_catalog.pg_database set datminmxid = ((datminmxid::text::bigint - 700000000 + 4294967296)"
            " % 4294967296)::text::pg_catalog.xid where datname = 'template1'"
        )
    found = findings(cluster, "vacuum/multixact_wraparound")
    assert found["template1"].severity is Severity.HIGH


def spend_transactions(cluster: PrivateCluster, count: int) -> None:
    with cluster.connect() as connection:
        for _ in range(count):
            connection.execute("select pg_catalog.txid_current()")


@pytest.mark.pg
def test_sessions_prepared_transactions_and_slots_that_hold_the_horizon_are_named(pg_major: int) -> None:
    settings = {"autovacuum": "off", "max_prepared_transactions": "5", "wal_level": "logical"}
    with private_cluster(pg_major, settings=settings) as cluster, contextlib.ExitStack() as stack:
        reader = stack.enter_context(cluster.connect(application_name="nightly-report"))
        idle = stack.enter_context(cluster.connect(application_name="idle-and-harmless"))
        idle.execute("select 1")
        reader.execute("begin isolation level repeatable read")
        reader.execute("select 1")
        with cluster.connect() as connection:
            connection.execute("create table t (a int)")
            connection.execute("begin; insert into t values (1); prepare transaction 'forgotten'")
        spend_transactions(cluster, 60)
        found = findings(cluster, "vacuum/xmin_horizon_held", max_age_xids=50)
        assert set(found) == {"nightly-report", "of postgres in postgres"}
        reader.execute("commit")
        with cluster.connect() as connection:
            connection.execute("rollback prepared 'forgotten'")
            connection.execute("select pg_create_logical_replication_slot('abandoned', 'pgoutput')")
        spend_transactions(cluster, 60)
        found = findings(cluster, "vacuum/xmin_horizon_held", max_age_xids=50)
        assert set(found) == {"abandoned"}
        assert found["abandoned"].object.kind == "replication slot"


def fill_with_dead_rows(cluster: PrivateCluster, *tables: str) -> None:
    with cluster.connect() as connection:
        for table in tables:
            connection.execute(f"create table {table} (a int, b text) with (autovacuum_vacuum_cost_delay = 100)")
            connection.execute(f"insert into {table} select i, repeat('x', 500) from generate_series(1, 20000) as i")
            connection.execute(f"delete from {table}")


@pytest.mark.pg
def test_running_vacuum_is_listed(cluster: PrivateCluster) -> None:
    fill_with_dead_rows(cluster, "slow")
    done = threading.Event()

    def vacuum() -> None:
        with contextlib.suppress(psycopg.Error), cluster.connect() as connection:
            connection.execute("set vacuum_cost_delay = 100; set vacuum_cost_limit = 1")
            connection.execute("vacuum slow")
        done.set()

    thread = threading.Thread(target=vacuum, daemon=True)
    thread.start()
    try:
        eventually(lambda: "slow" in findings(cluster, "vacuum/running_vacuum"), timeout_s=120, poll_s=0.1)
        assert not done.is_set()
    finally:
        with cluster.connect() as connection:
            connection.execute("select pg_terminate_backend(pid) from pg_stat_progress_vacuum")
        thread.join(timeout=60)
    assert findings(cluster, "vacuum/running_vacuum") == {}


@pytest.mark.pg
def test_saturated_workers_are_reported_while_tables_wait(pg_major: int) -> None:
    settings = {
        "autovacuum_max_workers": "1",
        "autovacuum_naptime": "1s",
        "autovacuum_vacuum_cost_limit": "1",
        "autovacuum_vacuum_cost_delay": "100ms",
    }
    with private_cluster(pg_major, settings=settings) as cluster:
        fill_with_dead_rows(cluster, "one", "two")
        eventually(
            lambda: "postgres" in findings(cluster, "vacuum/autovacuum_workers_saturated"), timeout_s=90, poll_s=0.1
        )
        fix = findings(cluster, "vacuum/autovacuum_workers_saturated")["postgres"].fix
        assert fix is not None
        with cluster.connect() as connection:
            for statement in fix.sql:
                connection.execute(statement)
            connection.execute("alter table one reset (autovacuum_vacuum_cost_delay)")
            connection.execute("alter table two reset (autovacuum_vacuum_cost_delay)")
        eventually(lambda: findings(cluster, "vacuum/autovacuum_workers_saturated") == {}, timeout_s=120, poll_s=0.1)
