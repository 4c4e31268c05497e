"""Fixes in a database without an encoding, whose names may hold any bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from pgaudit.audit.run import run_checks
from probes.check import built_in_checks
from probes.finding import Finding
from tests.conftest import ServerPool
from tests.pictures import picture_of

DUPLICATE = [check for check in built_in_checks() if check.id == "indexes/duplicate"]
LATIN1, UTF8 = b"caf\xe9_again", "caf\u00e9_again".encode()


@pytest.fixture
def no_encoding(server_pool: ServerPool) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A database without an encoding, and a client that sends bytes as they are."""
    server, name = server_pool.get(17), f"no_encoding_{os.getpid()}"
    with server.connect() as connection:
        connection.execute(
            f"create database {name} template template0 encoding sql_ascii lc_collate 'C' lc_ctype 'C'".encode()
        )
    try:
        dsn = make_conninfo(server.dsn, dbname=name, client_encoding="sql_ascii")
        with psycopg.connect(dsn, autocommit=True) as client:
            yield client
    finally:
        with server.connect() as connection:
            connection.execute(f"drop database {name} with (force)".encode())


def duplicates(client: psycopg.Connection[tuple[object, ...]]) -> list[Finding]:
    dsn = make_conninfo(client.info.dsn, client_encoding="utf8")
    return list(run_checks(picture_of(dsn), DUPLICATE).findings)


def test_sql_of_a_report_runs_or_is_not_given(no_encoding: psycopg.Connection[tuple[object, ...]]) -> None:
    no_encoding.execute(b"create table orders (id int, a int, b int, c int)")
    for number, (column, again) in enumerate([(b"a", b"plain_again"), (b"b", UTF8), (b"c", LATIN1)]):
        no_encoding.execute(b"create index first_%d on orders (%s)" % (number, column))
        no_encoding.execute(b'create index "%s" on orders (%s)' % (again, column))
    found = duplicates(no_encoding)
    assert len(found) == 3
    for one in found:
        for statement in one.fix.sql if one.fix else ():
            no_encoding.execute(statement.encode())
    (left,) = duplicates(no_encoding)
    assert left.fix is None
    assert left.advice is not None
    statement = left.advice.rpartition(": ")[2]
    assert statement == 'drop index concurrently public."caf\\xe9_again"'
    no_encoding.execute(statement.encode().replace(b"\\xe9", b"\xe9"))
    assert duplicates(no_encoding) == []
