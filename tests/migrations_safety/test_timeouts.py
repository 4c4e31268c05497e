"""Values of timeouts mean what a server makes of them."""

import psycopg
import pytest
from psycopg import sql

from migrations_safety.rules._timeouts import milliseconds
from tests.servers import Server

VALUES = (
    "0", "5", "250", "2s", "2 s", " 2s ", "1.5s", ".5s", "1e3", "2min", "1h", "1d", "100us", "1500us", "2500us",
    "+3s", "-1", "5 sec", "2S", "1 hour", "", "s", "30d", "2147483647", "2147483648", "1.5", "0.4",
)  # fmt: skip


@pytest.mark.pg
def test_a_timeout_is_read_as_the_server_reads_it(server: Server) -> None:
    truth: dict[str, int | None] = {}
    with server.connect() as connection:
        for value in VALUES:
            try:
                connection.execute(sql.SQL("set lock_timeout = {}").format(sql.Literal(value)))
            except psycopg.errors.InvalidParameterValue:
                truth[value] = None
            else:
                row = connection.execute("select setting::int from pg_settings where name = 'lock_timeout'").fetchone()
                truth[value] = row[0] if row else None
    assert {value: milliseconds(value) for value in VALUES} == truth
