"""What the gate calls blocking blocks a table in use; what it offers instead keeps nobody beyond the lock timeout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

import pgaudit
from pgaudit.reports.gate_contract import GateFinding
from probes.finding import Severity
from tests.pgaudit.migrations.load import TABLE, Kept, under_load
from tests.servers import Database

LOCK_TIMEOUT_S = 2.0
"""What the safe rewrites set; the server notices it a moment late on a busy machine."""
LATE = 1.5
INDEX = "create index orders_slow on public.orders (public.slow(id))"
CHECK = "alter table public.orders add constraint positive check (public.slow(id) > 0)"


def worst(database: Database, folder: Path, statement: str) -> GateFinding:
    """What the gate says of a migration, with the database at hand."""
    (folder / "1.sql").write_text(f"set lock_timeout = '2s';\n{statement};\n")
    found = [one for one in pgaudit.gate(folder / "1.sql", database.dsn).findings if one.safe_rewrite]
    return max(found, key=lambda one: one.severity.rank)


def deployed(database: Database, *statements: str) -> Kept:
    """Whom the statements kept waiting."""
    with under_load(database) as load:
        for statement in statements:
            load.deploy.execute(statement.encode())
    assert load.failed == []
    return load.kept


@contextmanager
def old_transaction(database: Database) -> Iterator[psycopg.Connection]:
    """A transaction that has read the table and does not end."""
    with psycopg.connect(database.dsn, application_name="old") as old:
        old.execute("select 1 from public.orders where id = 1")
        yield old


def deployed_behind_an_old_transaction(database: Database, statements: tuple[str, ...]) -> tuple[Kept, int]:
    """Whom the statements kept waiting while something old was in their way, and how often they gave up."""
    gave_up = 0
    with under_load(database) as load, old_transaction(database) as old:
        for statement in statements:
            try:
                load.deploy.execute(statement.encode())
            except psycopg.errors.LockNotAvailable:
                gave_up += 1
                old.rollback()
                load.deploy.execute(statement.encode())
    assert load.failed == []
    return load.kept, gave_up


@pytest.mark.pg(">= 14, != 15, != 16, != 17")
def test_what_the_gate_calls_blocking_blocks_a_table_in_use_and_its_safe_rewrite_does_not(
    database: Database, tmp_path: Path
) -> None:
    with database.connect() as connection:
        for statement in TABLE.split(";\n"):
            connection.execute(statement.encode())
        connection.execute("vacuum analyze")

    index = worst(database, tmp_path, INDEX)
    assert index.severity.at_least(Severity.HIGH)
    assert index.safe_rewrite is not None
    kept = deployed(database, INDEX)
    assert kept.writes, "a plain CREATE INDEX keeps writes waiting"
    assert not kept.reads, "and no reads: the gate says SHARE"
    assert index.evidence["lock"] == "SHARE"
    database.execute("drop index public.orders_slow")
    kept = deployed(database, *index.safe_rewrite)
    assert kept.longest_s <= LOCK_TIMEOUT_S * LATE
    assert not kept.reads
    with database.connect() as connection:
        row = connection.execute(
            "select indisvalid from pg_index where indexrelid = 'orders_slow'::regclass"
        ).fetchone()
    assert row == (True,)

    check = worst(database, tmp_path, CHECK)
    assert check.severity.at_least(Severity.HIGH)
    assert check.safe_rewrite is not None
    kept = deployed(database, CHECK)
    assert kept.writes, "validation under ACCESS EXCLUSIVE keeps writes waiting"
    assert kept.reads, "and reads"
    assert check.evidence["lock"] == "ACCESS EXCLUSIVE"
    database.execute("alter table public.orders drop constraint positive")
    kept, gave_up = deployed_behind_an_old_transaction(database, check.safe_rewrite)
    assert gave_up == 1, "the old transaction was in its way until the timeout"
    assert kept.longest_s <= LOCK_TIMEOUT_S * LATE
    with database.connect() as connection:
        row = connection.execute("select convalidated from pg_constraint where conname = 'positive'").fetchone()
    assert row == (True,)
