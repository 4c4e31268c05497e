"""Checks of versions at chosen dates: a server cannot be told what day it is, its picture can."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from probes.catalog.catalog import Catalog
from probes.finding import Finding, Severity
from tests.probes.checks.states import findings_of, look
from tests.servers import Server, private_cluster

END_OF_LIFE = {  # https://www.postgresql.org/support/versioning/
    13: dt.date(2025, 11, 13),
    14: dt.date(2026, 11, 12),
    15: dt.date(2027, 11, 11),
    16: dt.date(2028, 11, 9),
    17: dt.date(2029, 11, 8),
    18: dt.date(2030, 11, 14),
}


def on(catalog: Catalog, day: dt.date, **changes: object) -> Catalog:
    """The picture as if it had been taken on that day, at noon UTC."""
    moment = dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC).timestamp()
    return Catalog(msgspec.structs.replace(catalog.server, collected_at=moment, **changes), dict(catalog.areas()))


def told(catalog: Catalog, day: dt.date) -> tuple[Finding, ...]:
    return findings_of("versions/major_eol", on(catalog, day))


@pytest.mark.pg
def test_end_of_support_is_told_a_year_ahead_and_grave_when_it_is_past(server: Server) -> None:
    catalog = look(server.dsn)
    end = END_OF_LIFE[server.major]
    assert told(catalog, end - dt.timedelta(days=366)) == ()
    (soon,) = told(catalog, end - dt.timedelta(days=365))
    assert (soon.severity, soon.evidence["days_left"]) == (Severity.MEDIUM, 365)
    (last_day,) = told(catalog, end)
    assert last_day.severity is Severity.MEDIUM
    (past,) = told(catalog, end + dt.timedelta(days=1))
    assert past.severity is Severity.HIGH
    assert past.id == soon.id


@pytest.mark.pg(">= 18")
def test_a_major_version_newer_than_the_table_is_not_judged(server: Server) -> None:
    newer = on(look(server.dsn), dt.date(2040, 1, 1), version_num=190001)
    assert findings_of("versions/major_eol", newer) == ()


LATEST = {13: 23, 14: 23, 15: 18, 16: 14, 17: 10, 18: 4}  # https://www.postgresql.org/support/versioning/, May 2026


@pytest.mark.pg
def test_a_minor_release_behind_is_reported_and_the_latest_is_not(server: Server) -> None:
    check, catalog, day = "versions/minor_outdated", look(server.dsn), dt.date(2026, 6, 1)
    latest = server.major * 10_000 + LATEST[server.major]
    assert findings_of(check, on(catalog, day, version_num=latest)) == ()
    assert findings_of(check, on(catalog, day, version_num=latest + 3)) == ()
    (finding,) = findings_of(check, on(catalog, day, version_num=latest - 2))
    assert "lacks 2 minor releases" in finding.message


@pytest.mark.pg(">= 18")
@pytest.mark.parametrize("version", ["19devel", "19beta1", "18rc1", "18alpha1"])
def test_what_is_no_release_is_said_to_be_none(server: Server, version: str) -> None:
    catalog = look(server.dsn)
    assert findings_of("versions/prerelease", catalog) == ()
    assert len(findings_of("versions/prerelease", on(catalog, dt.date(2026, 6, 1), version=version))) == 1


@pytest.mark.pg
def test_what_stands_in_the_way_of_an_upgrade_is_told_one_by_one(pg_major: int) -> None:
    check = "versions/upgrade_blockers"
    settings = {"wal_level": "logical", "max_prepared_transactions": "2", "max_replication_slots": "2"}
    with private_cluster(pg_major, settings=settings) as cluster, cluster.connect() as connection:
        before = {finding.object.name for finding in findings_of(check, look(cluster.dsn)) if finding.fix}
        assert before == set()
        connection.execute("select pg_create_logical_replication_slot('feed', 'pgoutput')")
        connection.execute("begin; create table t (); prepare transaction 'x'")
        told_now = [finding.message for finding in findings_of(check, look(cluster.dsn))]
        assert sum("prepared transactions" in message for message in told_now) == 1
        assert sum("logical slots" in message for message in told_now) == (1 if pg_major < 17 else 0)
        connection.execute("rollback prepared 'x'")
        connection.execute("select pg_drop_replication_slot('feed')")
        left = [finding.message for finding in findings_of(check, look(cluster.dsn))]
        assert not [message for message in left if "checksums" not in message]
