"""Severities from lock, work, size and traffic, and the same verdict from a snapshot as from the database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from migrations_safety.script.model import ScriptText
from pgaudit.migrations.gate import GateRun, gate_scripts
from pgaudit.migrations.told import published_moment, published_relations
from pgaudit.reports.gate_contract import GateFinding, GateRelation
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgClass, TableStatistics
from probes.catalog.saving import load, save
from probes.finding import Severity
from tests.pictures import aged, picture_of
from tests.servers import Database, fresh_database, private_cluster
from tests.waiting import wait_for_counters

MB = 1_048_576
TABLES = """
create table public.orders (id bigint primary key, customer_id bigint, note text);
alter table public.orders alter column note set storage plain;
insert into public.orders select n, n, repeat('x', 2000) from generate_series(1, 60000) as n;
create table public.middle (id bigint primary key, note text);
insert into public.middle select n, repeat('x', 100) from generate_series(1, 60000) as n;
create table public.tiny (id bigint primary key, note text);
insert into public.tiny values (1, 'one');
create table public.events (id bigint, at date not null) partition by range (at);
create table public.events_1 partition of public.events for values from ('2025-01-01') to ('2026-01-01');
create table public.events_2 partition of public.events for values from ('2026-01-01') to ('2027-01-01');
insert into public.events select n, date '2025-01-01' + (n % 700) from generate_series(1, 60000) as n;
vacuum analyze;
create table public.unseen (id bigint, note text);
"""
SCRIPT = """
set lock_timeout = '2s';
create index orders_customer on public.orders (customer_id);
create index middle_note on public.middle (note);
create index tiny_note on public.tiny (note);
create index unseen_note on public.unseen (note);
create index events_id on public.events (id);
alter table public.orders alter column customer_id type numeric;
truncate public.tiny;
"""
LINES = {"orders": 3, "middle": 4, "tiny": 5, "unseen": 6, "events": 7, "retyped": 8}


def filled(database: Database) -> None:
    with database.connect() as connection:
        for statement in TABLES.split(";\n"):
            connection.execute(statement.encode())
    wait_for_counters(database)


def gated(catalog: Catalog | None, script: str = SCRIPT) -> GateRun:
    major = catalog.server.major if catalog else 18
    return gate_scripts([ScriptText(file="a.sql", content=script.encode())], catalog, major, today=date(2026, 1, 1))


def on(run: GateRun, table: str) -> GateFinding:
    """The worst finding on the line that concerns a table."""
    found = [one for one in run.findings if one.line == LINES[table] and "table_bytes" in one.evidence]
    return max(found, key=lambda one: one.severity.rank)


def number(finding: GateFinding, key: str) -> float:
    value = finding.evidence[key]
    assert isinstance(value, int | float)
    return value


def relation(run: GateRun, name: str) -> GateRelation:
    return next(one for one in published_relations(run.touched) if one.relation == name)


@contextlib.contextmanager
def open_transaction(database: Database) -> Iterator[None]:
    with psycopg.connect(database.dsn) as old:
        old.execute("select 1 from public.orders where id = 1")
        old.execute("update public.orders set note = note where id = 1")
        yield
        old.rollback()


@contextlib.contextmanager
def left_prepared(database: Database) -> Iterator[None]:
    with database.connect() as connection:
        connection.execute("begin; update public.tiny set note = 'x'; prepare transaction 'left'")
        try:
            yield
        finally:
            connection.execute("rollback prepared 'left'")


@pytest.mark.pg
def test_sizes_decide_what_fails_and_a_snapshot_gives_the_verdict_of_the_database(
    database: Database, tmp_path: Path
) -> None:
    filled(database)
    with open_transaction(database):
        live = aged(
            picture_of(database.dsn, dictionaries=True), seconds=3600
        )  # counters younger than a second give no rate
    run = gated(live)
    with database.connect() as connection:
        row = connection.execute("select pg_table_size('public.orders'), pg_table_size('public.events_1')").fetchone()
    assert row is not None
    assert on(run, "orders").severity is Severity.HIGH
    assert number(on(run, "orders"), "table_bytes") == pytest.approx(row[0], rel=0.05)
    assert on(run, "middle").severity is Severity.MEDIUM
    for small in ("tiny", "unseen"):
        assert not on(run, small).severity.at_least(Severity.HIGH), small
    assert [one.severity for one in run.findings if one.rule == "truncate-table"] == [Severity.MEDIUM], "rows are lost"
    assert number(on(run, "events"), "table_bytes") == pytest.approx(2 * row[1], rel=0.2), "partitions are counted once"

    assert number(on(run, "orders"), "estimated_hold_seconds") == pytest.approx(row[0] / (100 * MB), rel=0.1)
    assert "assumed" in str(on(run, "orders").evidence["estimated_from"])
    assert number(on(run, "orders"), "writes_per_second") > 0
    waited = on(run, "orders").evidence["would_have_waited_for"]
    assert waited == ("1 lock in conflict, ROW EXCLUSIVE",)

    save(live, tmp_path / "a.pgsnapshot")
    saved, _ = load(tmp_path / "a.pgsnapshot")
    still = gated(saved)
    assert [(one.id, one.severity) for one in still.findings] == [(one.id, one.severity) for one in run.findings]
    old = published_moment(saved, saved.server.collected_at + 7200)
    assert old.age_seconds == 7200
    assert old.oldest_transaction_seconds is not None
    assert old.oldest_transaction_seconds > 0


@pytest.mark.pg("== 17")
def test_neither_traffic_nor_what_is_open_decides_whether_a_deploy_fails(database: Database) -> None:
    filled(database)
    live = picture_of(database.dsn, dictionaries=True)
    verdicts = set()
    for scale in (0, 1, 100_000):
        rows = tuple(
            TableStatistics(
                **{
                    field: getattr(row, field)
                    if field not in {"inserted", "updated", "deleted", "sequential_scans"}
                    else getattr(row, field) * scale
                    for field in row.__struct_fields__
                }
            )
            for row in live.rows(TableStatistics)
        )
        run = gated(aged(live.replacing({TableStatistics: rows}), seconds=3600))
        verdicts.add(tuple((one.id, one.severity.at_least(Severity.HIGH)) for one in run.findings))
        busiest = on(run, "orders")
    assert len(verdicts) == 1
    assert busiest.severity is Severity.CRITICAL, "many queue"


@pytest.mark.pg("== 17")
def test_a_table_that_nothing_tells_the_size_of_is_not_taken_for_a_small_one(database: Database) -> None:
    database.execute("create table public.unseen (id bigint, note text)")
    live = picture_of(database.dsn, dictionaries=True)
    from probes.catalog.catalog import Absent  # noqa: PLC0415 - only this test takes something away

    blind = live.replacing({TableStatistics: Absent("not allowed")})
    script = "set lock_timeout = '2s';\n\n\n\n\ncreate index unseen_note on public.unseen (note);"
    assert on(gated(live, script), "unseen").severity is Severity.INFO
    unknown = on(gated(blind, script), "unseen")
    assert unknown.severity is Severity.HIGH
    assert unknown.evidence["judged_without_sizes"] is True
    assert relation(gated(blind, script), "public.unseen").table_bytes is None


@pytest.mark.pg("== 17")
def test_rows_that_were_never_analyzed_count(database: Database) -> None:
    with database.connect() as connection:
        connection.execute("create table public.loaded (id bigint, note text)")
        connection.execute("insert into public.loaded select n, 'x' from generate_series(1, 200000) as n")
    wait_for_counters(database)
    live = picture_of(database.dsn, dictionaries=True)
    assert next(row for row in live.rows(PgClass) if row.name == "loaded").pages == 0
    run = gated(live, "create index on public.loaded (id);")
    assert relation(run, "public.loaded").rows == 200_000
    assert any(one.severity is Severity.MEDIUM for one in run.findings)


def test_without_a_database_the_evidence_says_so() -> None:
    run = gated(None)
    assert any(one.evidence.get("judged_without_sizes") for one in run.findings)
    assert run.touched == ()


def test_statements_that_name_the_table_give_the_estimate_and_their_age() -> None:
    settings = {
        "shared_preload_libraries": "pg_stat_statements",
        "max_prepared_transactions": "2",
        "autovacuum": "off",
    }
    with private_cluster(17, settings=settings) as cluster, fresh_database(cluster) as database:
        with database.connect() as connection:
            connection.execute("create extension pg_stat_statements")
        filled(database)
        with database.connect() as connection:
            for key in range(50):
                connection.execute("select note from public.orders where id = %s", (key,))
                connection.execute("update public.orders set customer_id = 1 where id = %s", (key,))
        with left_prepared(database):
            live = picture_of(database.dsn, dictionaries=True)
        run = gated(live)
        orders = relation(run, "public.orders")
        assert orders.statements_age_seconds is not None
        assert orders.reading_statements_per_second is not None
        assert orders.reading_statements_per_second > 0
        assert orders.mean_statement_ms is not None
        assert "pg_stat_statements" in str(on(run, "retyped").evidence["estimated_from"])
        assert number(on(run, "retyped"), "estimated_queued_statements") >= number(
            on(run, "orders"), "estimated_queued_statements"
        ), "reads wait for ACCESS EXCLUSIVE, too"
        moment = published_moment(live, live.server.collected_at)
        assert moment.prepared_transactions == 1
        assert moment.slots_with_xmin == 0
        waits = gated(live, "create index concurrently tiny_note on public.tiny (note);")
        assert waits.touched
