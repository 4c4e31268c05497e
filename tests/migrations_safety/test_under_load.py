"""A table in use while it is migrated: what the gate calls blocking stops its writers, the safe rewrite does not."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.errors import LockNotAvailable

from migrations_safety.judging import Judging
from migrations_safety.script.model import ScriptText
from migrations_safety.script.reader import read_script
from migrations_safety.timeline import Timeline
from tests.migrations_safety.rewriting import collected
from tests.servers import Database

WRITERS = 3
DEADLINE_S = 60
STATEMENT = "alter table orders alter column customer_id set not null"
WAITING = b"select count(distinct pid) from pg_locks where not granted and relation = 'orders'::regclass"
TABLE = """
create table orders (id bigint generated always as identity primary key, customer_id bigint);
insert into orders (customer_id) select n from generate_series(1, 1000) as n;
"""


@contextmanager
def open_reader(database: Database) -> Iterator[None]:
    """Keep a transaction open that has read the table, as a report does."""
    with psycopg.connect(database.dsn) as connection:
        connection.execute("select count(*) from orders")
        yield
        connection.rollback()


def write(dsn: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"set statement_timeout = '{DEADLINE_S}s'".encode())
        connection.execute("insert into orders (customer_id) values (1)")


def deploy(dsn: str, lines: Sequence[str]) -> int:
    """Run statements one by one, each again where its lock_timeout strikes; give how often that was."""
    struck = 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        for line in lines:
            while True:
                try:
                    connection.execute(line.encode())
                    break
                except LockNotAvailable:
                    struck += 1
    return struck


def waiting_reach(database: Database, count: int) -> int:
    """Wait until so many sessions wait for the table; give how many do."""
    give_up = time.monotonic() + DEADLINE_S
    with database.connect() as connection:
        while True:
            row = connection.execute(WAITING).fetchone()
            connection.commit()
            found = int(row[0]) if row else 0
            if found >= count or time.monotonic() > give_up:
                return found
            time.sleep(0.01)


@pytest.mark.pg("== 18")
def test_the_blocking_statement_stops_every_writer_behind_a_reader(database: Database) -> None:
    database.execute(TABLE)
    with ThreadPoolExecutor(WRITERS + 1) as pool, open_reader(database):
        pool.submit(deploy, database.dsn, [STATEMENT])
        assert waiting_reach(database, 1) == 1
        for _ in range(WRITERS):
            pool.submit(write, database.dsn)
        assert waiting_reach(database, 1 + WRITERS) == 1 + WRITERS


@pytest.mark.pg("== 18")
def test_the_safe_rewrite_lets_every_writer_through_while_the_reader_stays(database: Database) -> None:
    database.execute(TABLE)
    with ThreadPoolExecutor(WRITERS + 1) as pool:
        with open_reader(database):
            done = pool.submit(deploy, database.dsn, rewrite(database))
            assert waiting_reach(database, 1) == 1
            written: list[Future[None]] = [pool.submit(write, database.dsn) for _ in range(WRITERS)]
            for one in written:
                one.result(DEADLINE_S)
            assert not done.done()
        assert done.result(DEADLINE_S) > 0
    with database.connect() as connection:
        row = connection.execute(
            "select attnotnull from pg_attribute where attrelid = 'orders'::regclass and attname = 'customer_id'"
        ).fetchone()
    assert row == (True,)


def rewrite(database: Database) -> list[str]:
    """Give what the gate advises in place of the statement, with a shorter timeout."""
    timeline, judging = Timeline(collected(database.dsn), database.major), Judging()
    (step,) = timeline.steps(read_script([ScriptText(file="1.sql", content=STATEMENT.encode())]))
    with timeline.before():
        (found,) = [one.flag for one in judging.judge(step) if one.flag.works]
    assert found.rewrite is not None
    return [line.replace("'2s'", "'100ms'") for line in found.rewrite.lines()]
