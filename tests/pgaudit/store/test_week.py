"""A week of nightly runs over a database that is changed every day: the right state for every finding, every night."""

from __future__ import annotations

from pathlib import Path

import msgspec
from psycopg.conninfo import make_conninfo

from pgaudit.audit.run import run_checks
from pgaudit.scanning import Taken, report_of
from pgaudit.store.opening import open_store
from pgaudit.store.recording import Recorded, RunToRecord, record
from pgaudit.store.states import State
from probes.catalog.catalog import Catalog
from probes.check import built_in_checks
from tests.pgaudit.store.conftest import url_of
from tests.pictures import picture_of
from tests.servers import PrivateCluster, private_cluster, standby_of
from tests.waiting import wait_for_counters

CHECKS = tuple(
    check
    for check in built_in_checks()
    if check.id
    in {
        "constraints/missing_primary_key",
        "sequences/near_exhaustion",
        "indexes/unused",
        "security/hba_trust_or_password",
    }
)
USAGE = frozenset(check.id for check in CHECKS if check.needs.counters_days)
FIRST_DAY = """
create table notes (body text);
create table drafts (body text);
create table tickets (id smallint primary key generated always as identity);
alter table tickets alter column id restart with 28500;
insert into tickets default values;
create table orders (id int primary key, note text);
insert into orders select n, repeat(n::text, 20) from generate_series(1, 30000) n;
create index orders_note on orders (note);
create role week_plain login;
"""


class Week:
    """Audits of one target, into a store on each engine."""

    def __init__(self, places: list[str]) -> None:
        self._stores = [open_store(place) for place in places]
        self._counting_since: float | None = None

    def night(self, dsn: str, *, counters_are_old: bool = True) -> dict[str, str]:
        """The state of each finding that both engines recorded."""
        catalog = self._picture(dsn, counters_are_old=counters_are_old)
        outcome = run_checks(catalog, CHECKS)
        assert not outcome.failed
        taken = Taken("shop", catalog)
        report = report_of(taken, outcome, CHECKS, started_at=catalog.server.collected_at, began=0.0)
        run = RunToRecord(report, catalog, USAGE)
        told = [_told(record(store, run)) for store in self._stores]
        assert all(one == told[0] for one in told)
        return told[0]

    def _picture(self, dsn: str, *, counters_are_old: bool) -> Catalog:
        """A server cannot be made to have counted for weeks: that it has is said here, and nothing else is changed."""
        catalog = picture_of(dsn)
        if not counters_are_old:
            return catalog
        if self._counting_since is None:
            self._counting_since = catalog.server.collected_at - 20 * 86_400
        server = msgspec.structs.replace(catalog.server, started_at=self._counting_since, stats_reset_at=None)
        return Catalog(server, dict(catalog.areas()), catalog.scope)

    def close(self) -> None:
        for store in self._stores:
            store.close()


def _told(recorded: Recorded) -> dict[str, str]:
    """State by object; of the lines of pg_hba.conf, which are alike, one for all."""
    found: dict[str, str] = {}
    for one in recorded.findings:
        name = "hba" if one.check.startswith("security/") else one.object.name
        assert found.get(name) in {None, one.state.value}
        found[name] = one.state.value
    return found


def states(**found: State) -> dict[str, str]:
    return {name: state.value for name, state in found.items()}


def test_a_week(tmp_path: Path) -> None:
    """One night after the other; every assertion is about what that day changed."""
    with private_cluster(16) as keeper, private_cluster(17) as cluster:
        with keeper.connect() as connection:
            connection.execute("create database history")
        shared = url_of(make_conninfo(keeper.dsn, dbname="history"))
        week = Week([str(tmp_path / "history.sqlite3"), shared])
        try:
            _live_through(week, cluster)
        finally:
            week.close()


class Day:
    """What people do by day. Every session ends, for its counters are complete only then."""

    def __init__(self, cluster: PrivateCluster) -> None:
        self._cluster = cluster

    def execute(self, script: str) -> None:
        with self._cluster.connect() as connection:
            connection.execute(script.encode())
        wait_for_counters(self._cluster)


def _live_through(week: Week, cluster: PrivateCluster) -> None:
    new, same, gone = State.NEW, State.UNCHANGED, State.GONE
    day = Day(cluster)
    day.execute(FIRST_DAY)
    assert week.night(cluster.dsn) == states(notes=new, drafts=new, tickets_id_seq=new, orders_note=new, hba=new), (
        "first night"
    )

    day.execute("alter table drafts add primary key (body); create table tags (label text)")
    assert week.night(cluster.dsn) == states(
        notes=same, drafts=State.FIXED, tags=new, tickets_id_seq=same, orders_note=same, hba=same
    ), "one added, one fixed"

    day.execute("alter table tickets alter column id restart with 31500; insert into tickets default values")
    day.execute("drop table tags")
    assert week.night(cluster.dsn) == states(
        notes=same, tags=gone, tickets_id_seq=State.WORSE, orders_note=same, hba=same
    ), "one worse, one dropped"

    plain = make_conninfo(cluster.dsn, user="week_plain")
    night = week.night(plain)
    assert night.pop("tickets_id_seq") in {"unchanged", "not_checked"}  # a plain role sees no last value before 18
    assert night == states(notes=same, orders_note=same, hba=State.NOT_CHECKED), "a privilege was revoked"

    day.execute("select pg_catalog.pg_stat_reset()")
    assert week.night(cluster.dsn, counters_are_old=False) == states(
        notes=same, tickets_id_seq=same, orders_note=State.NOT_CHECKED, hba=same
    ), "statistics were reset"

    day.execute("alter table notes rename to remarks; alter table drafts drop constraint drafts_pkey")
    assert week.night(cluster.dsn, counters_are_old=False) == states(
        remarks=same, drafts=State.REOPENED, tickets_id_seq=same, orders_note=State.NOT_CHECKED, hba=same
    ), "a table was renamed, and one fault is back"
    with standby_of(cluster) as standby:
        with standby.connect() as promoted:
            promoted.execute("select pg_catalog.pg_promote()")
        assert week.night(standby.dsn, counters_are_old=False) == states(
            remarks=same, drafts=same, tickets_id_seq=same, orders_note=State.NOT_CHECKED, hba=same
        ), "a failover"
