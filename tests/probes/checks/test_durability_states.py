"""Checks of durability against private servers in states that no story can make."""

from __future__ import annotations

import pytest

from tests.probes.checks.states import findings_of, look
from tests.servers import private_cluster

COLLATION = "durability/collation_version_mismatch"


@pytest.mark.pg(">= 15")
def test_the_databases_default_collation_is_watched_and_refreshed_by_the_fix(pg_major: int) -> None:
    with private_cluster(pg_major) as cluster:
        with cluster.connect() as connection:
            connection.execute(
                "create database shop template template0 encoding 'UTF8' locale_provider icu icu_locale 'de' locale 'C'"
            )
        with cluster.connect(dbname="shop") as connection:
            connection.execute('create table breeds (name text primary key, code text collate "C" unique)')
            assert findings_of(COLLATION, look(f"{cluster.dsn} dbname=shop")) == ()
            connection.execute("update pg_database set datcollversion = '0' where datname = 'shop'")
            (finding,) = findings_of(COLLATION, look(f"{cluster.dsn} dbname=shop"))
            assert str(finding.object) == "shop"
            assert finding.fix is not None
            assert finding.fix.sql == (
                "reindex index concurrently public.breeds_pkey",
                "alter database shop refresh collation version",
            )
            for statement in finding.fix.sql:
                connection.execute(statement.encode())
            assert findings_of(COLLATION, look(f"{cluster.dsn} dbname=shop")) == ()
