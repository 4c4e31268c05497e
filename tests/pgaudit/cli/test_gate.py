"""`pgaudit gate` as a pipeline runs it: with a database, with a snapshot, with nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from pgaudit.reports.gate_contract import GateReport, from_json
from tests.pgaudit.cli.running import Ran, pgaudit
from tests.servers import Database

ORDERS = """
create table public.orders (id bigint primary key, customer_id bigint, note text);
alter table public.orders alter column note set storage plain;
insert into public.orders select n, n, repeat('x', 2000) from generate_series(1, {rows}) as n;
create table public.tiny (id bigint primary key, note text);
insert into public.tiny values (1, 'one');
vacuum analyze;
"""
INDEX = "set lock_timeout = '2s';\ncreate index on public.orders (customer_id);\n"
BLOCKING = {"blocks-while-working", "index-not-concurrent"}
"""The general rule speaks where the narrow one does not."""


def gate(folder: Path, *arguments: str, stdin: str | None = None) -> Ran:
    return pgaudit("gate", *arguments, cwd=folder, input=stdin)


def report(ran: Ran) -> GateReport:
    return from_json(ran.out)


def rules(ran: Ran) -> set[str]:
    return {finding.rule for finding in report(ran).findings}


def test_without_a_database_a_table_is_taken_for_a_large_one(tmp_path: Path) -> None:
    (tmp_path / "1.sql").write_text(INDEX)
    ran = gate(tmp_path, "1.sql", "-f", "json")
    assert ran.code == 1
    assert rules(ran) & BLOCKING
    assert any("no database" in note for note in report(ran).notes)
    (lock,) = report(ran).statements[1].effects.locks
    assert (lock.relation, lock.mode, lock.role) == ("public.orders", "SHARE", "target")


@pytest.mark.pg
def test_a_small_table_does_not_fail_a_deploy_and_a_large_one_does(database: Database, tmp_path: Path) -> None:
    with database.connect() as connection:
        for statement in ORDERS.format(rows=60_000).split(";\n"):
            connection.execute(statement.encode())
    (tmp_path / "1.sql").write_text(INDEX)
    (tmp_path / "2.sql").write_text(INDEX.replace("orders (customer_id)", "tiny (note)"))
    large = gate(tmp_path, "1.sql", "-d", database.dsn, "-f", "json")
    assert large.code == 1, large.err
    small = gate(tmp_path, "2.sql", "-d", database.dsn, "-f", "json")
    assert small.code == 0, small.err
    assert {finding.severity.value for finding in report(small).findings} == {"info"}


@pytest.mark.pg
def test_what_a_migration_leaves_behind_is_told(database: Database, tmp_path: Path) -> None:
    database.execute("create table public.customers (id bigint primary key)")
    sql = "set lock_timeout = '2s'; create table public.orders (id bigint primary key, c bigint references customers);"
    (tmp_path / "1.sql").write_text(sql)
    ran = gate(tmp_path, "1.sql", "-d", database.dsn, "-f", "json")
    assert "indexes/unindexed_foreign_key" in {finding.check for finding in report(ran).introduces}, ran.err


@pytest.mark.pg("== 18")
def test_what_the_server_would_refuse_is_told(database: Database, tmp_path: Path) -> None:
    (tmp_path / "1.sql").write_text("alter table public.nonesuch add column a int;")
    ran = gate(tmp_path, "1.sql", "-d", database.dsn, "-f", "json")
    assert ran.code == 1
    assert "refused-by-server" in rules(ran)


def test_a_broken_statement_is_a_finding_and_the_rest_is_judged(tmp_path: Path) -> None:
    (tmp_path / "1.sql").write_text("create table a (id int);\nselec 1;\ncreate index on public.orders (id);\n")
    ran = gate(tmp_path, "1.sql", "-f", "json")
    assert ran.code == 1
    broken = [finding for finding in report(ran).findings if finding.rule == "unparsable"]
    assert [finding.line for finding in broken] == [2]
    assert rules(ran) & BLOCKING


def test_a_comment_with_a_reason_accepts_a_finding_and_one_without_does_not(tmp_path: Path) -> None:
    index = "create index on public.orders (id);\n"
    (tmp_path / "1.sql").write_text(f"-- pgaudit: ignore at night\n{index}")
    assert gate(tmp_path, "1.sql").code == 0
    (tmp_path / "2.sql").write_text(f"-- pgaudit: ignore\n{index}")
    assert gate(tmp_path, "2.sql").code == 1


def test_concurrently_in_a_transaction_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1.sql").write_text("begin;\ncreate index concurrently on public.orders (id);\ncommit;\n")
    assert rules(gate(tmp_path, "1.sql", "-f", "json")) & {"refused-by-server", "concurrently-in-transaction"}


def test_nobody_is_said_to_wait_for_the_last_moment_of_a_concurrent_drop(tmp_path: Path) -> None:
    (tmp_path / "1.sql").write_text("drop index concurrently public.orders_total;\n")
    assert "every read" not in gate(tmp_path, "1.sql").out
    (tmp_path / "2.sql").write_text("drop index public.orders_total;\n")
    assert "every read" in gate(tmp_path, "2.sql").out


def test_standard_input_is_judged(tmp_path: Path) -> None:
    ran = gate(tmp_path, "-", "-f", "json", stdin=INDEX)
    assert ran.code == 1
    assert "1 pending in <stdin> (plain)" in report(ran).notes


@pytest.mark.pg("== 18")
def test_standard_input_is_judged_by_a_database_that_a_migration_tool_uses(database: Database, tmp_path: Path) -> None:
    database.execute("create table public.alembic_version (version_num varchar(32) primary key)")
    ran = gate(tmp_path, "-", "-d", database.dsn, "-f", "json", stdin="drop table public.alembic_version;")
    assert [statement.sql for statement in report(ran).statements] == ["drop table public.alembic_version"]


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\xff" * 100, "create table a (id int);".encode("utf-16")])
def test_odd_files_raise_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "1.sql").write_bytes(content)
    ran = gate(tmp_path, "1.sql", "-f", "json")
    assert ran.code in {0, 1}, ran.err
    assert "Traceback" not in ran.err


def test_a_path_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    ran = gate(tmp_path, "nonesuch")
    assert ran.code in {2, 3}
    assert len(ran.error_lines) == 1
    assert "nonesuch" in ran.err


@pytest.mark.pg("== 17")
def test_a_snapshot_gives_the_verdict_of_the_database_and_knows_what_is_pending(
    database: Database, tmp_path: Path
) -> None:
    database.execute(
        """
        create table public.orders (id bigint primary key, customer_id bigint);
        create table public.schema_migrations (version bigint primary key, dirty boolean not null);
        insert into public.schema_migrations values (1, false);
        """
    )
    folder = tmp_path / "migrations"
    folder.mkdir()
    (folder / "1_init.up.sql").write_text("create table public.orders (id bigint primary key, customer_id bigint);")
    (folder / "2_index.up.sql").write_text("create index on public.orders (customer_id);")
    (folder / "2_index.down.sql").write_text("drop index public.orders_customer_id_idx;")
    live = gate(tmp_path, "migrations", "--migration-tool", "golang-migrate", "-d", database.dsn, "-f", "json")
    saved = tmp_path / "app.pgsnapshot"
    assert pgaudit("snapshot", database.dsn, "-o", str(saved)).code == 0
    still = gate(tmp_path, "migrations", "--migration-tool", "golang-migrate", "-d", str(saved), "-f", "json")
    assert [statement.sql for statement in report(live).statements] == ["create index on public.orders (customer_id)"]
    assert report(still).statements == report(live).statements
    assert {finding.id for finding in report(still).findings} == {finding.id for finding in report(live).findings}
    assert (live.code, rules(live)) == (still.code, rules(still))


CUSTOMERS = "create table public.customers (id bigint primary key);"
UNINDEXED = (
    "set lock_timeout = '2s';\ncreate table public.orders (id bigint primary key, c bigint references customers);"
)
KEY = "indexes/unindexed_foreign_key"
HIGH = f'[checks."{KEY}"]\nseverity = "high"'


@pytest.mark.pg("== 18")
@pytest.mark.parametrize(
    ("configuration", "code", "open_again"),
    [
        ("", 0, True),
        (HIGH, 1, True),
        (f'ignore = ["{KEY}"]\n{HIGH}', 0, False),
        (f'exclude-tables = ["public.orders"]\n{HIGH}', 0, False),
        (f'{HIGH}\n[[suppress]]\ncheck = "{KEY}"\nreason = "loaded once"\nexpires = "never"', 0, False),
        (f'{HIGH}\n[[suppress]]\ncheck = "{KEY}"\nreason = "loaded once"\nexpires = 2020-01-01', 1, True),
    ],
)
def test_what_is_left_behind_is_judged_by_the_standards_of_the_project(
    database: Database, tmp_path: Path, configuration: str, code: int, *, open_again: bool
) -> None:
    database.execute(CUSTOMERS)
    (tmp_path / "pgaudit.toml").write_text(configuration)
    (tmp_path / "1.sql").write_text(UNINDEXED)
    ran = gate(tmp_path, "1.sql", "-d", database.dsn, "-f", "json")
    left = {finding.check for finding in report(ran).introduces if finding.suppressed is None}
    assert (ran.code, KEY in left) == (code, open_again), ran.err


@pytest.mark.pg("== 18")
def test_what_a_comment_in_the_database_accepts_does_not_fail_a_gate(database: Database, tmp_path: Path) -> None:
    database.execute(CUSTOMERS)
    accepted = f"{UNINDEXED}\ncomment on table public.orders is 'pgaudit:ignore[{KEY}] loaded once';"
    (tmp_path / "1.sql").write_text(accepted)
    (tmp_path / "pgaudit.toml").write_text(HIGH)
    ran = gate(tmp_path, "1.sql", "-d", database.dsn, "-f", "json")
    assert ran.code == 0, ran.err
    (left,) = (finding for finding in report(ran).introduces if finding.check == KEY)
    assert left.suppressed is not None
    assert left.suppressed.reason == "loaded once"


@pytest.mark.pg("== 18")
def test_an_isolated_gate_reads_no_configuration(database: Database, tmp_path: Path) -> None:
    database.execute(CUSTOMERS)
    (tmp_path / "pgaudit.toml").write_text("no such key = 1")
    (tmp_path / "1.sql").write_text(UNINDEXED)
    refused = gate(tmp_path, "1.sql", "-d", database.dsn)
    assert (refused.code, "pgaudit.toml" in refused.err) == (2, True)
    assert gate(tmp_path, "1.sql", "-d", database.dsn, "--isolated").code in (0, 1)


def test_a_configuration_that_is_named_is_read_even_where_no_database_is(tmp_path: Path) -> None:
    (tmp_path / "1.sql").write_text(UNINDEXED)
    ran = gate(tmp_path, "1.sql", "--config", "nonesuch.toml")
    assert (ran.code, "nonesuch.toml" in ran.err) == (2, True)
