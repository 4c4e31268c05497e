"""States of a whole server that no story can make: databases near wraparound."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from pgaudit.audit.run import run_checks
from probes.check import built_in_checks
from probes.collect.collector import collect
from probes.finding import Finding, Severity
from tests.servers import PrivateCluster, private_cluster

CHECKS = {check.id: check for check in built_in_checks()}


@pytest.fixture
def cluster(pg_major: int) -> Iterator[PrivateCluster]:
    with private_cluster(pg_major, settings={"autovacuum": "off"}) as running:
        yield running


def findings(cluster: PrivateCluster, check_id: str) -> dict[str, Finding]:
    catalog = collect(lambda: psycopg.connect(cluster.dsn, autocommit=True, prepare_threshold=None)).catalog
    outcome = run_checks(catalog, [CHECKS[check_id]])
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
