"""Checks of the workload against a server that has worked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from psycopg.errors import DeadlockDetected

from probes.catalog.catalog import Catalog
from probes.catalog.rows import BackgroundCounters, DatabaseStatistics, Statement
from probes.finding import Finding
from tests.probes.checks.states import findings_of, look, names, outcome_of
from tests.servers import PrivateCluster, Server, private_cluster
from tests.waiting import eventually, wait_for_counters

SLOW = "workload/slow_queries"
PRELOADED = {"shared_preload_libraries": "pg_stat_statements"}


def work(cluster: PrivateCluster) -> None:
    with cluster.connect() as connection:
        connection.execute("create extension pg_stat_statements")
        connection.execute("select pg_stat_statements_reset()")
        connection.execute("create table notes as select g as id from generate_series(1, 100) as g")
        for _ in range(4):
            connection.execute("select count(*), pg_sleep(0.03) from notes where id > 7")
            connection.execute("select id from notes where id = 3")
        connection.execute("do $$ begin perform pg_sleep(0.03) from generate_series(1, 4); end $$")


@pytest.mark.pg
def test_statements_both_slow_and_frequent_are_reported_by_their_normalised_text(pg_major: int) -> None:
    with private_cluster(pg_major, settings=PRELOADED) as cluster:
        work(cluster)
        catalog = look(cluster.dsn)
        assert findings_of(SLOW, catalog) == ()  # not a hundred calls
        (finding,) = findings_of(SLOW, catalog, calls=4)
        assert finding.object.name.startswith("select count(*), pg_sleep($1) from notes where id > $2")
        assert finding.evidence["calls"] == 4
        assert 30 <= float(str(finding.evidence["mean_ms"])) < 3000
        assert findings_of(SLOW, catalog, calls=5) == ()
        assert findings_of(SLOW, catalog, calls=4, mean_ms=1000) == ()


@pytest.mark.pg
def test_texts_of_others_are_unchecked_and_a_missing_extension_is_a_skip(pg_major: int) -> None:
    with private_cluster(pg_major, settings=PRELOADED) as cluster:
        bare = outcome_of(SLOW, look(cluster.dsn))
        assert [skip.needs for skip in bare.skipped] == ["CREATE EXTENSION pg_stat_statements"]
        work(cluster)
        with cluster.connect() as connection:
            connection.execute("create role onlooker login")
        outcome = outcome_of(SLOW, look(f"{cluster.dsn} user=onlooker"), calls=1)
        assert [skip.needs for skip in outcome.skipped] == ["GRANT pg_read_all_stats TO onlooker"]


COUNTER_CHECKS: dict[str, tuple[dict[str, float], dict[str, float]]] = {
    "workload/cache_hit_ratio_low": ({"blocks": 1, "hit_ratio": 1.1}, {"blocks": 10**12}),
    "workload/temp_files": ({"temp_bytes_per_day": 1}, {}),
    "workload/rollback_ratio": ({"transactions": 1, "rollback_ratio": 0.01}, {}),
    "workload/deadlocks": ({"deadlocks_per_day": 0.1}, {"deadlocks_per_day": 5}),
}
"""Thresholds at which a small server's counters are too high, and at which they are not."""


@pytest.mark.pg
def test_counters_of_the_database_are_judged_by_their_thresholds(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        with cluster.connect() as connection:
            connection.execute("set work_mem = '64kB'")
            connection.execute("select count(*) from (select g from generate_series(1, 100000) as g order by -g) as s")
            for _ in range(20):
                connection.execute("begin; select 1; rollback")
        deadlock(cluster)
        wait_for_counters(cluster)
        catalog = look(cluster.dsn, aged_days=2)
        for check, (low, high) in COUNTER_CHECKS.items():
            assert names(findings_of(check, catalog, **low)) == ["postgres"], check
            assert findings_of(check, catalog, **high) == (), check
        assert outcome_of("workload/deadlocks", look(cluster.dsn)).skipped  # counters are minutes old


def deadlock(cluster: PrivateCluster) -> None:
    with cluster.connect() as first, cluster.connect() as second:
        first.execute("create table pair (id int); insert into pair values (1), (2)")
        for connection in (first, second):
            connection.execute("set deadlock_timeout = '50ms'")
            connection.execute("begin")
        first.execute("update pair set id = id where id = 1")
        second.execute("update pair set id = id where id = 2")
        with ThreadPoolExecutor() as pool:
            waits = [
                pool.submit(first.execute, "update pair set id = id where id = 2"),
                pool.submit(second.execute, "update pair set id = id where id = 1"),
            ]
            errors = [wait.exception() for wait in waits]
        assert any(isinstance(error, DeadlockDetected) for error in errors)
        first.rollback()
        second.rollback()


@pytest.mark.pg
def test_forced_checkpoints_are_told_from_timed_ones_and_the_fix_doubles_the_room(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        with cluster.connect() as connection:
            for _ in range(3):
                connection.execute("create table if not exists t (); checkpoint")
            eventually(lambda: len(forced(cluster)) == 1)
            (finding,) = forced(cluster)
            assert finding.fix is not None
            before = connection.execute("show max_wal_size").fetchone()
            for statement in finding.fix.sql:
                connection.execute(statement.encode())
        with cluster.connect() as connection:
            eventually(lambda: connection.execute("show max_wal_size").fetchone() == ("2GB",))
        assert before == ("1GB",)
        assert findings_of("workload/forced_checkpoints", look(cluster.dsn, aged_days=2)) == ()  # too few to tell


def forced(cluster: PrivateCluster) -> tuple[Finding, ...]:
    return findings_of("workload/forced_checkpoints", look(cluster.dsn, aged_days=2), checkpoints=2)


@pytest.mark.pg
def test_the_library_that_is_not_loaded_is_added_to_those_that_are(pg_major: int) -> None:
    check = "workload/pg_stat_statements_missing"
    with private_cluster(pg_major) as cluster:
        with cluster.connect() as connection:
            connection.execute("alter system set shared_preload_libraries = 'auto_explain'")
        cluster.restart()
        (finding,) = findings_of(check, look(cluster.dsn))
        assert finding.fix is not None
        assert finding.fix.sql == ("alter system set shared_preload_libraries = 'auto_explain', 'pg_stat_statements'",)
        with cluster.connect() as connection:
            connection.execute(finding.fix.sql[0].encode())
        cluster.restart()
        (created,) = findings_of(check, look(cluster.dsn))
        assert created.fix is not None
        assert created.fix.sql == ("create extension pg_stat_statements",)


@pytest.mark.pg
def test_rankings_and_shares_of_statements(pg_major: int) -> None:
    with private_cluster(pg_major, settings=PRELOADED) as cluster:
        work(cluster)
        catalog = look(cluster.dsn)
        top = findings_of("workload/top_by_total_time", catalog, count=1)
        assert top[0].object.name.startswith("select count(*), pg_sleep($1) from notes")
        by_calls = findings_of("workload/top_by_calls", catalog, count=2)
        assert {finding.evidence["calls"] for finding in by_calls} == {4}
        (dominant,) = findings_of("workload/dominant_query_group", catalog, share_ratio=0.25, total_seconds=0.05)
        assert dominant.object == top[0].object
        assert findings_of("workload/dominant_query_group", catalog) == ()  # not a minute of work yet
        assert findings_of("workload/n_plus_one", catalog) == ()
        looped = findings_of("workload/n_plus_one", catalog, calls=4, call_share_ratio=0.1)
        assert [finding.object.name for finding in looped if "notes where id = " in finding.object.name]
        (kinds,) = findings_of("workload/profile_by_statement_type", catalog)
        assert "SELECT" in kinds.message


@pytest.mark.pg(">= 15")
def test_compiling_and_planning_that_cost_more_than_executing(pg_major: int) -> None:
    settings = {**PRELOADED, "pg_stat_statements.track_planning": "on", "jit_above_cost": "0", "jit": "on"}
    with private_cluster(pg_major, settings=settings) as cluster:
        with cluster.connect() as connection:
            connection.execute("create extension pg_stat_statements")
            for _ in range(5):
                connection.execute("select 1 as planned from (values (1)) as v where false")
        catalog = look(cluster.dsn)
        planned = findings_of("workload/plan_cost", catalog, total_seconds=0, calls=5)
        assert any("planned" in finding.object.name for finding in planned)
        assert findings_of("workload/plan_cost", catalog) == ()
        assert findings_of("workload/jit_cost", catalog) == ()


@pytest.mark.pg(">= 14")
def test_statements_thrown_out_are_counted(pg_major: int) -> None:
    settings = {**PRELOADED, "pg_stat_statements.max": "100"}
    with private_cluster(pg_major, settings=settings) as cluster:
        with cluster.connect() as connection:
            connection.execute("create extension pg_stat_statements")
            for number in range(200):
                connection.execute("select " + ", ".join("1" * (number + 1)))
        (finding,) = findings_of("workload/statements_deallocated", look(cluster.dsn), evictions_per_day=0)
        assert finding.fix is not None
        with cluster.connect() as connection:
            connection.execute(finding.fix.sql[0].encode())
        cluster.restart()
        with cluster.connect() as connection:
            connection.execute("select pg_stat_statements_reset()")
        assert findings_of("workload/statements_deallocated", look(cluster.dsn), evictions_per_day=0) == ()


@pytest.mark.pg
def test_young_counters_are_said_to_be_young(server: Server) -> None:
    assert len(findings_of("workload/stats_reset_recent", look(server.dsn))) == 1
    assert findings_of("workload/stats_reset_recent", look(server.dsn, aged_days=8)) == ()


@pytest.mark.pg
def test_rankings_by_mean_time_and_by_blocks(pg_major: int) -> None:
    with private_cluster(pg_major, settings=PRELOADED) as cluster:
        work(cluster)
        (slowest,) = findings_of("workload/top_by_mean_time", look(cluster.dsn), count=1)
        with cluster.connect() as connection:
            connection.execute("set work_mem = '64kB'")
            connection.execute("select g from generate_series(1, 50000) as g order by -g offset 49000")
        (reader,) = findings_of("workload/top_by_io", look(cluster.dsn), count=1)
    assert slowest.object.name.startswith("select count(*), pg_sleep($1)")
    assert reader.object.name.startswith("select g from generate_series")


@pytest.mark.pg
def test_counters_that_a_quiet_server_does_not_have_are_judged_on_a_changed_picture(server: Server) -> None:
    catalog = look(server.dsn, aged_days=2)
    busy = with_counters(
        catalog,
        {"sessions_abandoned": 300, "idle_in_transaction_ms": 5e6, "conflicts": 4},
        {"buffers_backend": 900_000, "buffers_written": 1000, "maxwritten_clean": 10**6},
    )
    calm = with_counters(
        catalog,
        {"sessions_abandoned": 0, "idle_in_transaction_ms": 0, "conflicts": 0},
        {"buffers_backend": 1000, "buffers_written": 900_000, "maxwritten_clean": 0},
    )
    assert len(findings_of("workload/standby_conflicts", standby(busy))) == 1
    assert findings_of("workload/standby_conflicts", standby(calm)) == ()
    assert findings_of("workload/standby_conflicts", busy) == ()
    newer = ("workload/session_failures", "workload/idle_in_transaction_share") if server.major >= 14 else ()
    for check in ("workload/backend_writes", *newer):
        assert len(findings_of(check, busy)) == 1, check
        assert findings_of(check, calm) == (), check


def with_counters(catalog: Catalog, sessions: dict[str, float], background: dict[str, int]) -> Catalog:
    """The picture with these counters instead of what this server has counted for the tests before."""
    sessions = {"sessions": 2000, "session_ms": 9e6, **sessions}
    databases = tuple(msgspec.structs.replace(row, **sessions) for row in catalog.rows(DatabaseStatistics))
    writers = tuple(msgspec.structs.replace(row, **background) for row in catalog.rows(BackgroundCounters))
    return catalog.replacing({DatabaseStatistics: databases, BackgroundCounters: writers})


def standby(catalog: Catalog) -> Catalog:
    return Catalog(msgspec.structs.replace(catalog.server, in_recovery=True), dict(catalog.areas()))


def searched(cluster: PrivateCluster, calls: int) -> None:
    """A table of 40,000 rows whose columns depend on each other, filtered by them again and again."""
    with cluster.connect() as connection:
        connection.execute("create extension pg_stat_statements; create schema app")
        connection.execute("create table app.places (id bigint primary key, city int, postcode int, note text)")
        connection.execute(
            "insert into app.places select g, g / 400, g / 400, repeat('x', 250) from generate_series(1, 40000) as g"
        )
        connection.execute("create table app.parts (id bigint, city int, postcode int) partition by range (id)")
        connection.execute("create table app.parts_1 partition of app.parts for values from (0) to (50000)")
        connection.execute("insert into app.parts select id, city, postcode from app.places")
        connection.execute("vacuum analyze app.places, app.parts")
        connection.execute("select pg_stat_statements_reset()")
        for number in range(calls):
            connection.execute(f"select id from app.places where city = {number} and postcode = {number}".encode())
            connection.execute(f"select id from app.parts where city = {number} and postcode = {number}".encode())
            connection.execute(f"select id from app.places where id = {number}".encode())
            connection.execute(f"select count(*) from app.places where note like 'y{number}%'".encode())


@pytest.mark.pg
def test_a_table_searched_in_vain_gets_an_index_and_the_columns_their_statistics(pg_major: int) -> None:
    index, statistics = "indexes/suggested_for_workload", "statistics/extended_missing"
    with private_cluster(pg_major, settings=PRELOADED) as cluster:
        searched(cluster, 12)
        catalog = look(cluster.dsn)
        often = {"calls": 12, "mean_ms": 0}
        assert findings_of(index, catalog) == ()  # not a hundred calls
        (wanted,) = findings_of(index, catalog, **often)
        assert wanted.object.columns == ("city", "postcode")
        assert wanted.fix is not None
        (missing,) = findings_of(statistics, catalog, calls=12, rows_per_call=90)
        assert missing.object.columns == ("city", "postcode")
        assert missing.fix is not None
        with cluster.connect() as connection:
            for statement in (*wanted.fix.sql, *missing.fix.sql):
                connection.execute(statement.encode())
            plan = connection.execute(
                "explain (format json) select id from app.places where city = 7 and postcode = 7"
            ).fetchone()
        assert plan is not None
        (root,) = plan[0]
        assert "Index" in str(root)  # the planner takes it
        assert 100 <= root["Plan"]["Plan Rows"] <= 1600  # and expects what there is
        mended = look(cluster.dsn)
        assert findings_of(index, mended, **often) == ()
        assert findings_of(statistics, mended, calls=12, rows_per_call=90) == ()


@pytest.mark.pg(">= 18")
def test_parallel_plans_that_never_get_a_worker_are_told(pg_major: int) -> None:
    check = "workload/parallel_shortage"
    settings = {
        **PRELOADED,
        "max_parallel_workers": "0",
        "min_parallel_table_scan_size": "0",
        "parallel_setup_cost": "0",
        "parallel_tuple_cost": "0",
    }
    with private_cluster(pg_major, settings=settings) as cluster:
        with cluster.connect() as connection:
            connection.execute("create extension pg_stat_statements")
            connection.execute(
                "create table notes as select g as id, repeat('x', 500) as body from generate_series(1, 5000) as g"
            )
            connection.execute("analyze notes")
            for _ in range(60):
                connection.execute("select count(*) from notes where body like '%y'")
        (finding,) = findings_of(check, look(cluster.dsn))
        assert finding.evidence["workers_launched"] == 0
        with cluster.connect() as connection:
            connection.execute("alter system set max_parallel_workers = 4")
            connection.execute("select pg_reload_conf()")
            eventually(lambda: connection.execute("show max_parallel_workers").fetchone() == ("4",))
            connection.execute("select pg_stat_statements_reset()")
        with cluster.connect() as connection:
            for _ in range(60):
                connection.execute("select count(*) from notes where body like '%y'")
        assert findings_of(check, look(cluster.dsn)) == ()


@pytest.mark.pg(">= 15")
def test_compiling_costs_too_much_on_a_server_that_can_compile(pg_major: int) -> None:
    """The servers of the tests are built without LLVM, so the time that one with it counts is put into the picture."""
    check = "workload/jit_cost"
    with private_cluster(pg_major, settings=PRELOADED) as cluster:
        work(cluster)
        catalog = look(cluster.dsn)
    assert findings_of(check, catalog, total_seconds=0, calls=4) == ()
    compiled = tuple(msgspec.structs.replace(row, jit_ms=row.total_exec_ms * 0.5) for row in catalog.rows(Statement))
    changed = catalog.replacing({Statement: compiled})
    slow = findings_of(check, changed, total_seconds=0, calls=4)
    assert any("pg_sleep" in finding.object.name for finding in slow)
    assert {finding.evidence["share_of_time_ratio"] for finding in slow} == {0.5}
    assert findings_of(check, changed) == ()  # not ten seconds of it
