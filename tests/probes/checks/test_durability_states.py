"""Checks of durability against private servers in states that no story can make."""

from __future__ import annotations

import msgspec
import pytest

from probes.catalog.rows import DatabaseStatistics, PgSetting
from tests.probes.checks.states import findings_of, look, outcome_of
from tests.servers import PrivateCluster, Server, private_cluster
from tests.waiting import eventually

COLLATION = "durability/collation_version_mismatch"


@pytest.mark.pg(">= 15")
def test_the_databases_default_collation_is_watched_and_refreshed_by_the_fix(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        with cluster.connect() as connection:
            connection.execute(
                "create database shop template template0 encoding 'UTF8' locale_provider icu icu_locale 'de' locale 'C'"
            )
        with cluster.connect(dbname="shop") as connection:
            connection.execute('create table breeds (name text primary key, code text collate "C" unique)')
            assert findings_of(COLLATION, look(f"{cluster.dsn} dbname=shop")) == ()
            connection.execute("update pg_database set datcollversion = '0' where datname = 'shop'")
            (finding,) = findings_of(COLLATION, look(f"{cluster.dsn} dbname=shop"))
            assert str(finding.object) == "shop"
            assert finding.fix is not None
            assert finding.fix.sql == (
                "reindex index concurrently public.breeds_pkey",
                "alter database shop refresh collation version",
            )
            for statement in finding.fix.sql:
                connection.execute(statement.encode())
            assert findings_of(COLLATION, look(f"{cluster.dsn} dbname=shop")) == ()


@pytest.mark.pg
def test_archiving_that_is_off_empty_or_failing(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        assert len(findings_of("durability/archiving_off", look(cluster.dsn))) == 1
        with cluster.connect() as connection:
            connection.execute("alter system set archive_mode = on")
        cluster.restart()
        assert findings_of("durability/archiving_off", look(cluster.dsn)) == ()
        assert len(findings_of("durability/archive_command_empty", look(cluster.dsn))) == 1
        assert findings_of("durability/archiver_failing", look(cluster.dsn)) == ()
        archive_by(cluster, "/bin/false")
        assert findings_of("durability/archive_command_empty", look(cluster.dsn)) == ()
        eventually(lambda: len(findings_of("durability/archiver_failing", look(cluster.dsn))) == 1)
        archive_by(cluster, "/bin/true")
        eventually(lambda: findings_of("durability/archiver_failing", look(cluster.dsn)) == (), timeout_s=90)


def archive_by(cluster: PrivateCluster, command: str) -> None:
    with cluster.connect() as connection:
        connection.execute(f"alter system set archive_command = '{command}'")
        connection.execute("select pg_reload_conf()")
        eventually(lambda: connection.execute("show archive_command").fetchone() == (command,))
        connection.execute("create table if not exists t ()")
        connection.execute("select pg_switch_wal()")


@pytest.mark.pg
def test_an_archive_is_not_missed_where_somebody_streams(pg_major: int) -> None:
    with private_cluster(pg_major, settings={"wal_level": "replica", "max_replication_slots": "2"}) as cluster:
        with cluster.connect() as connection:
            connection.execute("select pg_create_physical_replication_slot('receiver')")
        assert findings_of("durability/archiving_off", look(cluster.dsn)) == ()


@pytest.mark.pg
def test_checksums_are_missed_where_the_cluster_has_none(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        catalog = look(cluster.dsn)
        with cluster.connect() as connection:
            row = connection.execute("show data_checksums").fetchone()
    found = findings_of("durability/data_checksums_off", catalog)
    assert len(found) == (0 if row == ("on",) else 1)
    flipped = {"off": "on", "on": "off"}[row[0] if row else "on"]
    rows = tuple(
        msgspec.structs.replace(one, value=flipped, reset_value=flipped) if one.name == "data_checksums" else one
        for one in catalog.rows(PgSetting)
    )
    other = findings_of("durability/data_checksums_off", catalog.replacing({PgSetting: rows}))
    assert len(other) == 1 - len(found)


@pytest.mark.pg
def test_failed_checksums_of_any_database_are_reported(server: Server) -> None:
    catalog = look(server.dsn)
    assert findings_of("durability/checksum_failures", catalog) == ()
    rows = tuple(
        msgspec.structs.replace(row, checksum_failures=3) if row.database == 0 else row
        for row in catalog.rows(DatabaseStatistics)
    )
    (finding,) = findings_of("durability/checksum_failures", catalog.replacing({DatabaseStatistics: rows}))
    assert finding.object.name == "shared objects"


@pytest.mark.pg
def test_a_restart_is_recent_for_a_day(server: Server) -> None:
    assert len(findings_of("durability/recent_restart", look(server.dsn))) == 1
    assert findings_of("durability/recent_restart", look(server.dsn, aged_days=1.1)) == ()


@pytest.mark.pg
def test_wal_that_a_forgotten_slot_holds_back_is_more_than_the_settings_allow(pg_major: int) -> None:
    check, small = "durability/wal_files", {"min_wal_bytes": 1_000_000}
    settings = {"wal_level": "replica", "max_replication_slots": "2", "max_wal_size": "32MB", "min_wal_size": "32MB"}
    with private_cluster(pg_major, settings=settings) as cluster:
        assert findings_of(check, look(cluster.dsn), **small) == ()
        with cluster.connect() as connection:
            connection.execute("create role onlooker login")
            connection.execute("select pg_create_physical_replication_slot('forgotten', true)")
            for _ in range(6):
                connection.execute("create table if not exists t (); select pg_switch_wal(); drop table t")
            connection.execute("checkpoint")  # or one that so much WAL asks for may come between the two looks
            (finding,) = findings_of(check, look(cluster.dsn), **small)
            assert connection.execute("select sum(size) from pg_ls_waldir()").fetchone() == (
                finding.evidence["wal_bytes"],
            )
            assert finding.evidence["allowed_bytes"] == 32 * 1024**2
            assert findings_of(check, look(cluster.dsn)) == ()  # not a gigabyte
            hidden = outcome_of(check, look(f"{cluster.dsn} user=onlooker"), **small)
            assert [skip.needs for skip in hidden.skipped] == ["membership in pg_monitor"]
            connection.execute("select pg_drop_replication_slot('forgotten'); checkpoint")
            assert findings_of(check, look(cluster.dsn), **small) == ()
