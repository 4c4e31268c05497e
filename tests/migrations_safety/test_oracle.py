"""The files of measurements say what servers do: a part of them is measured again, all of them when asked for.

Each major measures a few worlds, always the same ones and no major those of another. `PGAUDIT_ORACLE=7` measures the
seventh part of thirty on every major, `PGAUDIT_ORACLE=all` everything (an hour).
"""

import os

import psycopg
import pytest

from tests.migrations_safety.oracle import (
    Case,
    Where,
    execute,
    load_case,
    load_cases,
    load_worlds,
    measured,
    prepare,
    prepare_cluster,
)
from tests.migrations_safety.oracle.cases import statements_of
from tests.migrations_safety.oracle.inside import Session, measure_inside
from tests.migrations_safety.oracle.observe import locks, manual_mode
from tests.migrations_safety.oracle.run import measure_all
from tests.migrations_safety.oracle.server import SETTINGS
from tests.migrations_safety.oracle.wal import access_exclusive_since, position
from tests.servers import private_cluster

PARTS = 30


def cases_of_part(part: int) -> list[Case]:
    """Return the cases of every thirtieth world."""
    worlds = {name for index, name in enumerate(load_worlds()) if index % PARTS == part % PARTS}
    return [case for case in load_cases() if case.world.name in worlds]


def chosen_cases(major: int) -> list[Case]:
    """Return what the environment asks for, or the part of the major."""
    asked = os.environ.get("PGAUDIT_ORACLE", "")
    return list(load_cases()) if asked == "all" else cases_of_part(int(asked or major))


def test_the_measurements_on_file_are_what_servers_do(pg_major: int) -> None:
    with private_cluster(pg_major, settings=SETTINGS) as cluster:
        different = [
            (case.name, found, measured(case, pg_major))
            for case, found in measure_all(cluster.dsn, pg_major, chosen_cases(pg_major))
            if found != measured(case, pg_major)
        ]
    assert different == []


def test_the_parts_together_are_every_case() -> None:
    parts = [cases_of_part(part) for part in range(PARTS)]
    assert {case.name for part in parts for case in part} == {case.name for case in load_cases()}


@pytest.mark.pg(">= 18")
def test_a_case_can_be_prepared_and_executed_step_by_step(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster, cluster.connect() as connection:
        prepare_cluster(connection)
        prepare_cluster(connection)
        prepare(load_case("column/drop_column@viewed"), connection)
        assert connection.execute("select count(*) from t").fetchone() == (50,)
        connection.execute("begin")
        assert execute(load_case("column/add_int@viewed"), connection) is None
        connection.execute("rollback")
        refused = execute(load_case("column/drop_column@viewed"), connection)
        assert isinstance(refused, psycopg.errors.DependentObjectsStillExist)


def test_locks_given_back_before_the_end_are_read_from_the_log(pg_major: int) -> None:
    with private_cluster(pg_major, settings=SETTINGS) as cluster, cluster.connect() as connection:
        connection.execute("create table t (id int); create table u (id int)")
        start = position(connection)
        connection.execute("begin")
        connection.execute("savepoint one")
        connection.execute("lock table t in access exclusive mode")
        connection.execute("rollback to savepoint one")
        connection.execute("lock table u in exclusive mode")
        assert [mode for _, mode in locks(connection, connection.info.backend_pid)] == ["EXCLUSIVE"]
        connection.execute("rollback")
        row = connection.execute("select 't'::regclass::oid::int8").fetchone()
        assert row is not None
        assert access_exclusive_since(connection, start) == {row[0]}


def test_the_log_is_read_across_its_segments(pg_major: int) -> None:
    with private_cluster(pg_major, settings=SETTINGS) as cluster, cluster.connect() as connection:
        connection.execute("create table t (id int); create table u (id int)")
        start = position(connection)
        connection.execute("truncate t")
        connection.execute("select pg_logical_emit_message(true, 'x', repeat('y', 40 * 1024 * 1024))")
        connection.execute("truncate u")
        assert len(access_exclusive_since(connection, start)) == 2


def test_measuring_leaves_nothing_behind(pg_major: int) -> None:
    with private_cluster(pg_major, settings=SETTINGS) as cluster, cluster.connect() as connection:
        prepare_cluster(connection)
        prepare(load_worlds()["rows"], connection)
        session = Session(cluster.dsn)
        first = measure_inside(session, ["alter table t add column x int default fvolatile()"])
        assert measure_inside(session, ["alter table t add column x int default fvolatile()"]) == first
        assert first.rewrites == {"public.t"}
        assert connection.execute("select to_regclass('t') is not null, count(*) from t").fetchone() == (True, 50)
        session.close()


def test_a_statement_that_commits_by_itself_is_stopped_at_each_of_its_locks(pg_major: int) -> None:
    case = Case("try/vacuum", load_worlds()["rows"], ("vacuum t",), where=Where.OUTSIDE)
    with private_cluster(pg_major, settings=SETTINGS) as cluster:
        [(_, found)] = measure_all(cluster.dsn, pg_major, [case])
    assert found.requires_no_transaction
    assert found.strongest()["public.t"] == "SHARE UPDATE EXCLUSIVE"
    assert found.strongest()["public.t_pkey"] == "ROW EXCLUSIVE"


def test_statements_are_split_inside_no_body() -> None:
    assert statements_of("create function f() returns int language sql as $$ select 1; $$;\nselect 2") == (
        "create function f() returns int language sql as $$ select 1; $$",
        "select 2",
    )


def test_modes_are_written_as_in_the_manual() -> None:
    assert manual_mode("AccessExclusiveLock") == "ACCESS EXCLUSIVE"
    assert manual_mode("ShareUpdateExclusiveLock") == "SHARE UPDATE EXCLUSIVE"
    assert manual_mode("RowShareLock") == "ROW SHARE"
