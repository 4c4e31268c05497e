"""Checks of sessions against a server on which others are at work."""

from __future__ import annotations

import contextlib
import time

import pytest
from psycopg.errors import AdminShutdown

from probes.catalog.catalog import Catalog
from tests.probes.checks.states import findings_of, look, names, outcome_of
from tests.servers import PrivateCluster, private_cluster

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
    time.sleep(0.3)
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
