"""Timeouts that a database or a role brings along are in force for a migration that sets none."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import LiteralString

import psycopg
import pytest

from migrations_safety.script.model import ScriptText
from pgaudit.migrations.gate import gate_scripts
from pgaudit.migrations.session_settings import timeouts_of
from probes.collect.collector import Collector
from tests.servers import Server, fresh_database

RULE = "require-lock-timeout"


def flagged(server: Server, setup: LiteralString, script: bytes) -> bool:
    with fresh_database(server) as database:
        database.execute("create table orders (id bigint)")
        database.execute(setup.replace("THIS", database.name))
        connect = partial(psycopg.connect, database.dsn, autocommit=True)
        catalog = Collector(connect).collect(dictionaries=True).catalog
        run = gate_scripts([ScriptText(file="a.sql", content=script)], catalog, server.major, today=date(2026, 1, 1))
        return any(one.rule == RULE for one in run.findings)


@pytest.mark.pg(">= 13")
def test_a_lock_timeout_of_the_database_counts_until_the_script_resets_it(server: Server) -> None:
    change = b"alter table orders add column note text;"
    with_timeout: LiteralString = "alter database THIS set lock_timeout = '3s'"
    assert flagged(server, "select 1", change)
    assert not flagged(server, with_timeout, change)
    assert not flagged(server, with_timeout, b"set lock_timeout = '1s'; reset lock_timeout; " + change)
    assert flagged(server, with_timeout, b"set lock_timeout = 0; " + change)


def test_without_a_catalog_no_timeout_is_known() -> None:
    assert timeouts_of(None) == {}
