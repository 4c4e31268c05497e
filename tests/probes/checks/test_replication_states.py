"""Checks of replication against real primaries, standbys and slots."""

from __future__ import annotations

import pytest
from psycopg.conninfo import make_conninfo

from probes.catalog.rows import WalReceiver
from tests.probes.checks.states import findings_of, look, names
from tests.servers import TCP_PASSWORD, PrivateCluster, private_cluster, standby_of
from tests.waiting import eventually

PRIMARY = {"wal_level": "logical", "max_wal_senders": "5", "max_replication_slots": "5"}
PHYSICAL = "select pg_create_physical_replication_slot('gone_standby', true)"


def run(cluster: PrivateCluster, statement: str) -> None:
    with cluster.connect() as connection:
        connection.execute(statement.encode())


@pytest.mark.pg
def test_slots_without_a_consumer_or_a_limit_are_reported_and_dropped_by_the_fix(pg_major: int) -> None:
    with private_cluster(pg_major, settings=PRIMARY) as cluster:
        assert findings_of("replication/slots_without_limit", look(cluster.dsn)) == ()
        run(cluster, PHYSICAL)
        run(cluster, "create table t as select g from generate_series(1, 1000) as g")
        catalog = look(cluster.dsn)
        (unlimited,) = findings_of("replication/slots_without_limit", catalog)
        assert unlimited.fix is not None
        assert names(findings_of("replication/slot_retained_wal", catalog, retained_bytes=1000)) == ["gone_standby"]
        assert findings_of("replication/slot_retained_wal", catalog) == ()
        if pg_major >= 17:
            assert findings_of("replication/inactive_slot", catalog) == ()  # not for an hour yet
        (inactive,) = findings_of("replication/inactive_slot", catalog, idle_seconds=0)
        assert inactive.fix is not None
        run(cluster, inactive.fix.sql[0])
        assert findings_of("replication/inactive_slot", look(cluster.dsn), idle_seconds=0) == ()


@pytest.mark.pg
def test_a_slot_whose_wal_is_gone_is_lost(pg_major: int) -> None:
    settings = {**PRIMARY, "max_slot_wal_keep_size": "1MB", "max_wal_size": "32MB", "min_wal_size": "32MB"}
    with private_cluster(pg_major, settings=settings) as cluster:
        run(cluster, PHYSICAL)
        assert findings_of("replication/slot_lost_or_unreserved", look(cluster.dsn)) == ()
        for _ in range(6):
            run(cluster, "create table if not exists t (); select pg_switch_wal(); drop table t")
            run(cluster, "checkpoint")
        (finding,) = findings_of("replication/slot_lost_or_unreserved", look(cluster.dsn))
        assert finding.object.name == "gone_standby"
        assert finding.fix is not None
        run(cluster, finding.fix.sql[0])
        assert findings_of("replication/slot_lost_or_unreserved", look(cluster.dsn)) == ()


@pytest.mark.pg
def test_a_paused_standby_is_told_on_both_sides_and_resumed_by_the_fix(pg_major: int) -> None:
    with private_cluster(pg_major, settings=PRIMARY) as primary, standby_of(primary) as standby:
        eventually(lambda: findings_of("replication/replica_not_streaming", look(standby.dsn)) == ())
        assert findings_of("replication/replay_paused", look(standby.dsn)) == ()
        run(primary, "create table first ()")
        eventually(lambda: look(standby.dsn).rows(WalReceiver)[0].replay_delay_seconds is not None)
        run(standby, "select pg_wal_replay_pause()")
        run(primary, "create table t as select g from generate_series(1, 20000) as g")
        eventually(lambda: bool(findings_of("replication/standby_lag_bytes", look(primary.dsn), lag_bytes=100_000)))
        eventually(lambda: bool(findings_of("replication/replica_lag_seconds", look(standby.dsn), lag_seconds=0)))
        assert findings_of("replication/standby_lag_bytes", look(primary.dsn)) == ()
        assert findings_of("replication/replica_lag_seconds", look(standby.dsn)) == ()
        (paused,) = findings_of("replication/replay_paused", look(standby.dsn))
        assert paused.fix is not None
        run(standby, paused.fix.sql[0])
        assert findings_of("replication/replay_paused", look(standby.dsn)) == ()
        eventually(lambda: not findings_of("replication/standby_lag_bytes", look(primary.dsn), lag_bytes=100_000))
        if pg_major >= 17:
            run(primary, "select pg_create_logical_replication_slot('feed', 'pgoutput')")
            assert names(findings_of("replication/slot_idle_or_not_failover", look(primary.dsn))) == ["feed"]
            run(primary, "select pg_drop_replication_slot('feed')")
            assert findings_of("replication/slot_idle_or_not_failover", look(primary.dsn)) == ()


@pytest.mark.pg
def test_a_standby_that_is_cut_off_is_not_streaming(pg_major: int) -> None:
    with private_cluster(pg_major, settings=PRIMARY) as primary, standby_of(primary) as standby:
        eventually(lambda: findings_of("replication/replica_not_streaming", look(standby.dsn)) == ())
        assert findings_of("security/replication_conninfo_plaintext", look(standby.dsn)) == ()  # over a socket
        primary.stop()
        eventually(lambda: len(findings_of("replication/replica_not_streaming", look(standby.dsn))) == 1)


@pytest.mark.pg
def test_commits_that_wait_for_an_absent_standby_are_reported_and_freed_by_the_fix(pg_major: int) -> None:
    check = "replication/sync_standby_unsatisfied"
    with private_cluster(pg_major, settings=PRIMARY) as cluster:
        assert findings_of(check, look(cluster.dsn)) == ()
        run(cluster, "alter system set synchronous_standby_names = 'away'")
        run(cluster, "select pg_reload_conf()")
        eventually(lambda: len(findings_of(check, look(cluster.dsn))) == 1)
        (finding,) = findings_of(check, look(cluster.dsn))
        assert finding.fix is not None
        for statement in finding.fix.sql:
            run(cluster, statement)
        eventually(lambda: findings_of(check, look(cluster.dsn)) == ())


@pytest.mark.pg
def test_a_subscription_that_is_switched_off_is_enabled_by_the_fix(pg_major: int) -> None:
    check = "replication/subscription_failing"
    with private_cluster(pg_major, settings=PRIMARY) as cluster:
        run(cluster, "create publication pub")
        run(cluster, "select pg_create_logical_replication_slot('sub', 'pgoutput')")
        source = f"host={cluster.server.conninfo.split('host=')[1].split()[0]} user=postgres dbname=postgres"
        run(
            cluster,
            f"create subscription sub connection '{source}' publication pub "
            "with (create_slot = false, enabled = false, connect = false, slot_name = 'sub')",
        )
        (finding,) = findings_of(check, look(cluster.dsn))
        assert finding.fix is not None
        run(cluster, finding.fix.sql[0])
        assert findings_of(check, look(cluster.dsn)) == ()


@pytest.mark.pg
def test_a_standby_that_streams_over_the_network_must_insist_on_tls(pg_major: int) -> None:
    check = "security/replication_conninfo_plaintext"
    with private_cluster(pg_major, settings=PRIMARY, tcp=True) as primary:
        plain = make_conninfo(primary.tcp_dsn, dbname=None, sslmode="disable")
        with standby_of(primary, settings={"primary_conninfo": plain}) as standby:
            eventually(lambda: look(standby.dsn).rows(WalReceiver)[0].is_streaming)
            (finding,) = findings_of(check, look(standby.dsn))
    assert TCP_PASSWORD not in finding.message
    assert finding.evidence == {"sslmode": "disable"}
