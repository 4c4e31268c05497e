"""Collecting leaves no trace, keeps nobody waiting and survives what a live server does meanwhile."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest

from pgaudit.audit.run import run_checks
from probes.catalog.catalog import Absent, Catalog
from probes.catalog.expression import Stored, Unread
from probes.catalog.rows import (
    ColumnStatistics,
    Group,
    Lock,
    PgAttrdef,
    PgAttribute,
    PgClass,
    PgConstraint,
    PgDescription,
    PgPolicy,
    PgSequence,
    SequenceUse,
    Statement,
    TableStatistics,
)
from probes.check import built_in_checks
from probes.collect.collector import Collector
from probes.collect.session import Limits
from tests.probes.collect.conftest import Rich, picture_of
from tests.probes.collect.rich import HOSTILE_NAMES, PLAIN_ROLE, create_rich_schema, quoted
from tests.servers import Database, PrivateCluster, fresh_database, private_cluster, standby_of
from tests.waiting import eventually, wait_for_counters

_OURS = re.compile(r"/\* pgaudit \*/ (--|begin |set local |select|savepoint|rollback)")


class At:
    """A progress callback that does something when an area is about to be read, once."""

    def __init__(self, area: str, act: Callable[[], None]) -> None:
        self._area = area
        self._act = act
        self.acted = False

    def __call__(self, area: str) -> None:
        if area == self._area and not self.acted:
            self.acted = True
            self._act()


def collecting(database: Database, progress: Callable[[str], None] | None = None, **limits: int) -> Collector:
    return Collector(database.connect, Limits(**limits), progress)


# ---- no trace


def test_the_log_shows_nothing_but_our_marked_reading_statements() -> None:
    settings = {"log_statement": "all", "log_line_prefix": "%a|", "log_min_messages": "warning"}
    with private_cluster(18, settings=settings) as cluster:
        with cluster.connect() as connection:
            connection.execute("create table seen (id serial primary key, x integer check (x > 1))")
        picture_of(cluster.dsn + " application_name=collector")
        logged = [
            line.partition("|")[2] for line in cluster.log_file.read_text().splitlines() if line[:10] == "collector|"
        ]
    statements = [line.split(": ", 2)[-1] for line in logged if "statement: " in line or "execute <unnamed>: " in line]
    assert len(statements) > 60
    for statement in statements:
        first = statement.strip()
        assert _OURS.match(first), first
    assert not [line for line in logged if re.search(r"\b(ERROR|WARNING|FATAL)\b", line)]


def test_nothing_is_written(rich: Rich) -> None:
    counters = """
        select sum(n_tup_ins + n_tup_upd + n_tup_del)::int8 from pg_stat_all_tables
    """

    def state() -> tuple[int, int]:
        wait_for_counters(rich.database)
        with rich.database.connect() as connection:
            row = connection.execute(f"select txid_current(), ({counters})").fetchone()
        assert row is not None
        return row[0], row[1]

    (number, written), _ = state(), picture_of(rich.database.dsn)
    assert state() == (number + 1, written)  # the transaction that looks takes one number itself, ours none


def test_a_session_is_left_as_it_was_found(rich: Rich) -> None:
    with rich.database.connect() as connection:
        connection.execute("set statement_timeout = '17s'; set search_path = app; set work_mem = '5MB'")
        question = "select name, setting from pg_settings where name not like 'transaction%' order by 1"
        before = connection.execute(question).fetchall()
        kept = _Kept(connection)
        Collector(lambda: kept).collect()  # type: ignore[arg-type,return-value]
        assert connection.execute(question).fetchall() == before
        assert connection.execute("select count(*) from pg_prepared_statements").fetchone() == (0,)
        locks = "select count(*) from pg_locks where pid = pg_backend_pid() and locktype = 'advisory'"
        assert connection.execute(locks).fetchone() == (0,)


class _Kept:
    """A connection that a pooler keeps open after its client is gone."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def __enter__(self) -> Any:
        return self._connection

    def __exit__(self, *_error: object) -> None:
        return None


# ---- locks


@pytest.fixture(scope="module")
def crowd() -> Iterator[dict[int, Database]]:
    """Clusters with so many sequences and as many views."""
    made: dict[int, Database] = {}
    with private_cluster(13, settings=_CROWDED) as old, private_cluster(18, settings=_CROWDED) as new:
        for cluster in (old, new):
            made[cluster.major] = _crowded(cluster)
        yield made
        for cluster in (old, new):
            cluster.kill()  # nothing is written out that is thrown away


_CROWD = {13: 20_000, 18: 5_000}
"""From 18 on sequences are read without locking them: a few thousand show it."""
_CROWDED = {
    "max_locks_per_transaction": "64",
    "max_connections": "20",
    "autovacuum": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
}


def _crowded(cluster: PrivateCluster) -> Database:
    script = """
        do $$ begin for i in {start} .. {start} + 499 loop
            execute format('create sequence s_%s', i);
            execute format('create view v_%s as select last_value from s_%s', i, i);
        end loop; end $$
    """
    with cluster.connect() as connection:
        for start in range(1, _CROWD[cluster.major] + 1, 500):
            connection.execute(script.format(start=start).encode())
    return Database(cluster.major, "postgres", cluster.dsn)


@pytest.mark.parametrize("major", [13, 18])
def test_never_more_than_600_locks_and_none_above_access_share_on_a_table(
    crowd: dict[int, Database], major: int
) -> None:
    database = crowd[major]
    pids: list[int] = []

    def connect() -> psycopg.Connection[Any]:
        connection = database.connect()
        pids.append(connection.info.backend_pid)
        return connection

    with Sampler(database, pids) as sampler:
        catalog = Collector(connect).collect().catalog
    assert len(catalog.rows(SequenceUse)) == len(catalog.rows(PgSequence)) == _CROWD[major]
    assert sampler.samples > 20
    assert 0 < sampler.most <= 600
    assert {mode for mode, on_table in sampler.modes if on_table} == {"AccessShareLock"}
    on_sequences = {"AccessShareLock"} if major >= 18 else {"AccessShareLock", "RowExclusiveLock"}
    assert {mode for mode, on_table in sampler.modes if not on_table} <= on_sequences


def test_a_role_that_may_not_connect_twice_is_told_so_of_the_sequences_alone(crowd: dict[int, Database]) -> None:
    database = crowd[13]
    database.execute("create role single login connection limit 1")
    picture = Collector(lambda: database.connect(user="single")).collect()
    absent = picture.catalog.absent(SequenceUse)
    assert picture.interrupted is None
    assert absent is not None
    assert "too many connections for role" in absent.reason
    assert picture.catalog.absent(Lock) is None


class Sampler:
    """Looks at pg_locks from another connection, again and again."""

    def __init__(self, database: Database, pids: list[int]) -> None:
        self._connection = database.connect()
        self._pids = pids
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample)
        self.samples = 0
        self.most = 0
        self.modes: set[tuple[str, bool]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()
        self._connection.close()

    def _sample(self) -> None:
        query = """
            select l.mode, c.relkind is distinct from 'S', count(*) from pg_locks as l
            left join pg_class as c on c.oid = l.relation
            where l.pid = any(%s) and l.locktype = 'relation' group by 1, 2
        """
        while not self._done.is_set():
            rows = self._connection.execute(query, [self._pids]).fetchall()
            self.samples += 1
            self.most = max(self.most, sum(row[2] for row in rows))
            self.modes |= {(row[0], row[1]) for row in rows}


def test_an_alter_that_starts_during_the_scan_waits_less_than_200_ms(rich: Rich) -> None:
    rounds = (altered_during_a_scan(rich) for _ in range(3))  # on a crowded machine we may be held up ourselves
    assert any(altered > 5 and long_waits == [] for altered, long_waits in rounds)


def altered_during_a_scan(rich: Rich, long_waits: list[str] | None = None) -> tuple[int, list[str]]:
    """How often a table was altered while a picture was taken, and what the server said of waits of 200 ms, at once."""
    done = threading.Event()
    long_waits = [] if long_waits is None else long_waits
    altered = 0

    def alter() -> None:
        nonlocal altered
        with rich.database.connect() as connection:
            connection.add_notice_handler(lambda notice: long_waits.append(notice.message_primary or ""))
            connection.execute("set deadlock_timeout = '200ms'; set log_lock_waits = on; set client_min_messages = log")
            while not done.is_set():
                connection.execute("begin; alter table app.heir alter column extra set default 'x'; rollback")
                altered += 1

    thread = threading.Thread(target=alter)
    thread.start()
    try:
        picture_of(rich.database.dsn)
    finally:
        done.set()
        thread.join()
    return altered, long_waits


def test_a_wait_of_200_ms_for_a_lock_is_noticed(rich: Rich) -> None:
    long_waits: list[str] = []
    with rich.database.connect() as holder, ThreadPoolExecutor() as pool:
        holder.execute("begin; lock table app.heir in access share mode")
        scan = pool.submit(altered_during_a_scan, rich, long_waits)
        try:
            eventually(lambda: any("still waiting for" in text for text in long_waits))
        finally:
            holder.execute("rollback")
        scan.result()


def test_a_table_under_access_exclusive_costs_its_own_texts_and_no_area(rich: Rich) -> None:
    with rich.database.connect() as other, other.transaction():
        other.execute("lock table only app.parent in access exclusive mode")
        began = time.perf_counter()
        catalog = picture_of(rich.database.dsn).catalog
        took = time.perf_counter() - began
    assert took < 60
    assert not [row_type for row_type in (PgClass, PgConstraint, PgPolicy, PgAttribute) if catalog.absent(row_type)]
    locked = next(row.oid for row in catalog.rows(PgClass) if row.name == "parent")
    for row in catalog.rows(PgConstraint):
        if row.kind == "c" and row.relation not in {locked, 0}:
            assert isinstance(row.expression, Stored), row
    unread = {row.relation for row in catalog.rows(PgPolicy) if isinstance(row.using, Unread)}
    assert unread <= {locked}


@pytest.fixture(scope="module")
def deploying() -> Iterator[PrivateCluster]:
    """A server whose log shows each wait for a lock that we gave up."""
    with private_cluster(13, settings={"max_locks_per_transaction": "256", "lc_messages": "C"}) as cluster:
        yield cluster


def given_up(cluster: PrivateCluster, locked: str) -> tuple[int, Catalog]:
    """How often a picture gave up waiting while a transaction held locks, and the picture."""
    pattern = "ERROR:  canceling statement due to lock timeout"
    with cluster.connect() as other, other.transaction():
        other.execute(locked.encode())
        before = cluster.log_file.read_text().count(pattern)
        catalog = Collector(cluster.connect).collect().catalog
        return cluster.log_file.read_text().count(pattern) - before, catalog


def test_many_expressions_of_locked_tables_are_waited_for_once(deploying: PrivateCluster) -> None:
    with deploying.connect() as connection:
        for table in ("deployed", "untouched"):
            columns = ", ".join(f"c{number} integer default {number} + 1" for number in range(70))
            connection.execute(f"create table {table} ({columns})".encode())
    waits, catalog = given_up(deploying, "lock table deployed in access exclusive mode")
    assert waits == 1
    tables = {row.oid: row.name for row in catalog.rows(PgClass)}
    unread = [tables[row.relation] for row in catalog.rows(PgAttrdef) if isinstance(row.expression, Unread)]
    assert unread == ["deployed"] * 70


def test_many_locked_sequences_are_waited_for_once_in_each_transaction(deploying: PrivateCluster) -> None:
    each = "do $$ begin for i in 1 .. 600 loop execute format('{} s_%s {}', i); end loop; end $$"
    with deploying.connect() as connection:
        connection.execute(each.format("create sequence", "").encode())
        connection.execute("create sequence untouched_sequence")
    waits, catalog = given_up(deploying, each.format("alter sequence", "increment by 2"))
    assert waits == 2
    assert [row.readable for row in catalog.rows(SequenceUse)].count(True) == 1


def test_a_lock_that_many_policies_meet_is_waited_for_ten_times(deploying: PrivateCluster) -> None:
    policies = """
        create table members (id integer);
        do $$ begin for i in 1 .. 30 loop
            execute format('create table of_%s (a_%s integer)', i, i);
            execute format('create policy p on of_%s using (exists (select from members where id = a_%s))', i, i);
        end loop; end $$
    """
    with deploying.connect() as connection:
        connection.execute(policies)
    waits, catalog = given_up(deploying, "lock table members in access exclusive mode")
    reasons = [row.using.reason for row in catalog.rows(PgPolicy) if isinstance(row.using, Unread)]
    assert waits > 30
    assert len(reasons) == 30
    assert len([reason for reason in reasons if "more than 100 ms" in reason]) < 10


def test_a_sequence_under_lock_is_the_only_one_unread(database: Database) -> None:
    database.execute("create sequence held; create sequence free; select nextval('free')")
    with database.connect() as other, other.transaction():
        other.execute("alter sequence held increment by 2")
        catalog = collecting(database).collect().catalog
    names = {row.oid: row.name for row in catalog.rows(PgClass)}
    found = {names[row.relation]: (row.last_value, row.readable) for row in catalog.rows(SequenceUse)}
    assert found["free"] == (1, True)
    assert found["held"][0] is None


def test_a_table_dropped_during_the_scan_is_one_unread_object(database: Database) -> None:
    database.execute(
        "create table goes (id integer check (id > 1), n integer default 1 + 2); "
        "create table stays (id integer check (id > 2), n integer default 1 + 3)"
    )

    def drop() -> None:
        database.execute("drop table goes")

    progress = At("expressions", drop)
    picture = collecting(database, progress).collect()
    assert progress.acted
    assert picture.interrupted is None
    tables = {row.name: row.oid for row in picture.catalog.rows(PgClass)}
    checks = {row.relation: row.expression for row in picture.catalog.rows(PgConstraint) if row.kind == "c"}
    assert isinstance(checks[tables["stays"]], Stored)
    assert isinstance(checks[tables["goes"]], Unread)
    assert not run_checks(picture.catalog, built_in_checks()).failed


# ---- hostile databases


def test_nothing_of_the_users_runs(database: Database) -> None:
    """A search_path that begins with public, full of lookalikes of what the queries use, each raising when called."""
    raising = "language plpgsql as $$ begin raise exception 'executed'; end $$"
    functions = {
        "current_setting": "text",
        "pg_is_in_recovery": "",
        "md5": "text",
        "age": "xid",
        "split_part": "text, text, integer",
        "unnest": "anyarray",
        "count": "text",
        "starts_with": "text, text",
        "array_agg": "text",
        "format_type": "oid, integer",
        "pg_get_expr": "pg_node_tree, oid",
        "lower": "text",
    }
    script = [
        f"create function public.{name}({arguments}) returns text {raising};" for name, arguments in functions.items()
    ]
    for number, (left, right) in enumerate(
        [
            ("text", "text"),
            ("name", "text"),
            ("name", "name"),
            ("oid", "oid"),
            ("char", "text"),
            ('"char"', '"char"'),
            ("integer", "integer"),
        ]
    ):
        script.append(f"create function public.trap_{number}({left}, {right}) returns boolean {raising};")
        script += [
            f"create operator public.{operator} (leftarg = {left}, rightarg = {right}, function = trap_{number});"
            for operator in ("=", "<>", "<", ">", ">=", "<=", "~~", "!~~", "~")
        ]
    script.append(f"create function public.trap_cat(text, text) returns text {raising};")
    script.append("create operator public.|| (leftarg = text, rightarg = text, function = public.trap_cat);")
    views = ("pg_class", "pg_namespace", "pg_settings", "pg_roles", "pg_stat_activity", "pg_database")
    script += [f"create view public.{view} as select pg_catalog.now() as oid;" for view in views]
    script.append("create domain public.int8 as text; create domain public.text_trap as text;")
    script.append(f"create function public.cast_trap(xid) returns bigint {raising};")
    script.append("create cast (xid as bigint) with function public.cast_trap(xid) as implicit;")
    script.append(
        "create table public.victim (id integer primary key, note pg_catalog.text default 'x' check (note <> 'y'));"
    )
    script.append("create role trapped login superuser; alter role trapped set search_path = public, pg_catalog;")
    database.execute("\n".join(script))
    try:
        picture = Collector(lambda: database.connect(user="trapped")).collect()
    finally:
        database.execute("drop owned by trapped; drop role trapped")
    assert picture.interrupted is None
    for row_type, rows in picture.catalog.areas():
        if isinstance(rows, Absent):
            assert "executed" not in rows.reason, row_type
            assert row_type.group is not Group.STRUCTURE, (row_type, rows)
    assert {row.name for row in picture.catalog.rows(PgClass)} >= {"victim", "pg_settings"}
    assert picture.catalog.server.search_path == "public, pg_catalog"
    assert not run_checks(picture.catalog, built_in_checks()).failed


@pytest.mark.parametrize("major", [13, 18])
def test_bytes_that_are_no_text_do_not_end_the_scan(major: int) -> None:
    """In a database without an encoding, and in one that calls itself UTF-8 and was filled before it did."""
    with private_cluster(major) as server:
        with server.connect() as connection:
            connection.execute("create database no_encoding template template0 encoding sql_ascii locale 'C'")
        with server.connect(dbname="no_encoding", client_encoding="sql_ascii") as connection:
            connection.execute(b'create table "caf\xe9" (id integer primary key, "\xff\xfe" text default \'\xe9\')')
            connection.execute(b"comment on table \"caf\xe9\" is 'gar\xe7on'")
        for encoding in (0, 6):
            with server.connect() as connection:
                connection.execute("update pg_database set encoding = %s where datname = 'no_encoding'", [encoding])
            picture = Collector(lambda: server.connect(dbname="no_encoding", client_encoding="utf8")).collect()
            assert picture.interrupted is None
            assert [row.name for row in picture.catalog.rows(PgClass)] == ["caf\\xe9"]
            assert "gar\\xe7on" in {row.text for row in picture.catalog.rows(PgDescription)}
            assert not run_checks(picture.catalog, built_in_checks()).failed


def test_names_that_the_encoding_of_the_database_s_own_sessions_cannot_write_are_read(database: Database) -> None:
    """A session that nobody gave an encoding: one behind a pooler, or in a copy made to prove changes in."""
    database.execute('create table "\u202e€" (id integer)')
    database.execute(f"alter database {database.name} set client_encoding = latin1")
    picture = collecting(database).collect()
    assert picture.interrupted is None
    assert [row.name for row in picture.catalog.rows(PgClass)] == ["\u202e€"]
    assert picture.catalog.server.database == database.name


def test_statements_that_a_text_of_another_database_hides_are_said_to_be_with_what_forgets_that_text() -> None:
    with private_cluster(18) as server:
        with server.connect() as connection:
            connection.execute("create extension pg_stat_statements")
            connection.execute("create database no_encoding template template0 encoding sql_ascii locale 'C'")
        with server.connect(dbname="no_encoding", client_encoding="sql_ascii") as connection:
            connection.execute(b'select 1 as "caf\xe9"')
            ours = connection.execute("select oid from pg_database where datname = current_database()").fetchone()
        absent = Collector(server.connect).collect().catalog.absent(Statement)
        assert absent is not None
        assert absent.needs is not None
        assert ours is not None
        assert "encoding" in absent.reason
        with server.connect() as connection:
            forget = absent.needs.partition(" with ")[0].replace("OID", str(ours[0]))
            connection.execute(f"select {forget}".encode())
        assert Collector(server.connect).collect().catalog.absent(Statement) is None


def test_an_empty_database_is_an_empty_picture_not_an_absent_one(database: Database) -> None:
    catalog = collecting(database).collect().catalog
    assert catalog.rows(PgClass) == ()
    assert catalog.rows(TableStatistics) == ()
    assert list(catalog.tables) == []
    assert not run_checks(catalog, built_in_checks()).failed


# ---- accidents


def test_a_query_that_takes_too_long_is_an_absent_area(database: Database) -> None:
    database.execute("create table commented (id integer primary key); comment on table commented is 'yes'")
    with database.connect() as other, other.transaction():
        other.execute("lock table pg_catalog.pg_description in access exclusive mode")
        picture = collecting(database, statement_timeout_ms=1500, deparse_lock_timeout_ms=60_000).collect()
    assert picture.interrupted is None
    absent = picture.catalog.absent(PgDescription)
    assert absent
    assert absent.reason == ("it took longer than 1500 ms or was cancelled")
    assert [row.name for row in picture.catalog.rows(PgClass)] == ["commented"]
    outcome = run_checks(picture.catalog, built_in_checks())
    assert not outcome.failed


def test_a_session_that_is_terminated_comes_back_once(rich: Rich) -> None:
    def terminate() -> None:
        rich.database.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
        )

    undisturbed = picture_of(rich.database.dsn).catalog
    for area in ("pg_index", "expressions", "pg_settings"):
        progress = At(area, terminate)
        picture = collecting(rich.database, progress).collect()
        assert progress.acted
        assert picture.interrupted is None
        assert len(picture.catalog.rows(PgClass)) == len(undisturbed.rows(PgClass))


@pytest.mark.parametrize("area", ["pg_trigger", "pg_settings"])
def test_a_session_that_falls_silent_is_hung_up_on_and_another_takes_its_place(area: str) -> None:
    frozen: list[int] = []
    with private_cluster(17) as cluster, fresh_database(cluster) as database:
        create_rich_schema(database)
        undisturbed = picture_of(database.dsn).catalog

        def freeze() -> None:
            with database.connect() as connection:
                found = connection.execute(
                    "select pid from pg_stat_activity "
                    "where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
                ).fetchall()
            frozen.extend(pid for (pid,) in found)
            for pid in frozen:
                os.kill(pid, signal.SIGSTOP)

        try:
            progress = At(area, freeze)
            picture = collecting(database, progress, statement_timeout_ms=5_000, silence_ms=1_000).collect()
            still = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in frozen]
        finally:
            for pid in frozen:
                os.kill(pid, signal.SIGCONT)
    assert still == ["T"] * len(frozen) != []
    assert picture.interrupted is None
    assert len(picture.catalog.rows(PgClass)) == len(undisturbed.rows(PgClass))


@pytest.mark.parametrize("area", ["pg_trigger", "pg_settings"])
def test_a_server_killed_mid_scan_leaves_what_was_read(area: str) -> None:
    with private_cluster(17) as cluster, fresh_database(cluster) as database:
        create_rich_schema(database)
        progress = At(area, cluster.kill)
        picture = collecting(database, progress).collect()
        cluster.start()
    assert picture.interrupted
    assert picture.catalog.rows(PgClass)
    reason = picture.catalog.absent(SequenceUse)
    assert reason
    assert "interrupted" in reason.reason
    outcome = run_checks(picture.catalog, built_in_checks())
    assert not outcome.failed
    assert outcome.skipped


def test_a_standby_is_collected_and_says_so() -> None:
    with private_cluster(18) as primary:
        with primary.connect() as connection:
            connection.execute("create table t (id serial primary key); create unlogged table u (id serial)")
        with standby_of(primary) as standby:
            catalog = picture_of(standby.dsn).catalog
    assert catalog.server.in_recovery
    assert {row.name for row in catalog.rows(PgClass) if row.kind == "r"} == {"t", "u"}
    assert not run_checks(catalog, built_in_checks()).failed


def test_a_standby_that_cancels_us_leaves_what_was_read_and_is_asked_twice() -> None:
    settings = {"max_standby_streaming_delay": "0", "hot_standby_feedback": "off"}
    with private_cluster(16) as primary:
        with primary.connect() as connection:
            connection.execute("create table t (id serial primary key, n integer check (n > 1))")
        with standby_of(primary, settings=settings) as standby:
            attempts: list[str] = []

            def conflict(area: str) -> None:
                if area == "pg_index":
                    attempts.append(area)
                    _conflict(primary, standby)

            picture = Collector(standby.connect, Limits(), conflict).collect()
    assert len(attempts) == 2
    assert picture.interrupted
    assert "recovery" in picture.interrupted
    assert {row.name for row in picture.catalog.rows(PgClass) if row.kind == "r"} == {"t"}
    assert not run_checks(picture.catalog, built_in_checks()).failed


def _conflict(primary: PrivateCluster, standby: PrivateCluster) -> None:
    """Make replay remove rows of a catalog that the standby's snapshot still sees."""
    with primary.connect() as connection:
        for _ in range(3):
            connection.execute("create table passing (id integer primary key); drop table passing")
        connection.execute("vacuum full pg_catalog.pg_index")
        connection.execute("vacuum pg_catalog.pg_class, pg_catalog.pg_attribute")
        row = connection.execute("select pg_current_wal_insert_lsn()::text").fetchone()
    with standby.connect() as connection:
        for _ in range(200):
            done = connection.execute("select pg_last_wal_replay_lsn() >= %s::pg_lsn", row).fetchone()
            if done == (True,):
                return
            time.sleep(0.05)


def test_statistics_of_columns_that_no_one_may_read_are_absent_not_empty(rich: Rich) -> None:
    catalog: Catalog = Collector(lambda: rich.database.connect(user=PLAIN_ROLE)).collect().catalog
    assert rich.catalog.rows(ColumnStatistics)
    absent = catalog.absent(ColumnStatistics)
    assert absent
    assert absent.needs


def test_hostile_names_come_back_as_they_are(rich: Rich) -> None:
    names = {relation.row.name: relation.sql for relation in rich.catalog.tables}
    with rich.database.connect() as connection:
        for name in HOSTILE_NAMES:
            assert names[name] == f"{quoted(name)}.{quoted(name)}"
            found = connection.execute("select to_regclass(%s)::oid::int8", [names[name]]).fetchone()
            assert found
            assert found[0] is not None
    assert not run_checks(rich.catalog, built_in_checks()).failed
