"""Behind a transaction pooler the next client finds the session as it was."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import psycopg
import pytest

from pgaudit.server.connect import connect
from pgaudit.server.url import parse_target
from probes.catalog.rows import PgClass, PgSetting
from probes.collect.collector import Collector
from tests.pgaudit.server.peers import Bouncer, pgbouncer
from tests.servers import private_cluster

_SESSION = "select name, setting from pg_catalog.pg_settings where name not like 'transaction_%' order by name"


@pytest.fixture(scope="module")
def bouncer() -> Iterator[Bouncer]:
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        reason = "PgBouncer is not installed (Debian: apt-get install pgbouncer)"
        if os.environ.get("PGAUDIT_REQUIRE_PGBOUNCER"):
            pytest.fail(reason)
        pytest.skip(reason)
    with private_cluster(17) as cluster:
        with cluster.connect() as connection:
            connection.execute("create table t (id serial primary key, n integer default 1 + 1 check (n > 1))")
        parameters = psycopg.conninfo.conninfo_to_dict(cluster.dsn)
        server = " ".join(f"{keyword}={parameters[keyword]}" for keyword in ("host", "port"))
        with pgbouncer(program, server, users=["postgres"]) as started:
            yield started


def test_the_application_finds_its_session_as_it_left_it(bouncer: Bouncer) -> None:
    url = bouncer.url("postgres", "postgres")
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as application:
        application.execute("set statement_timeout = '17s'; set search_path = app, public")
        shared = application.execute("select pg_catalog.pg_backend_pid()").fetchone()
        before = application.execute(_SESSION).fetchall()
        picture = Collector(lambda: connect(parse_target(url))).collect()
        assert application.execute("select pg_catalog.pg_backend_pid()").fetchone() == shared
        assert application.execute(_SESSION).fetchall() == before
        left = "select count(*) from pg_catalog.pg_prepared_statements where statement like '%%pgaudit%%'"
        assert application.execute(left).fetchone() == (0,)
    assert picture.interrupted is None
    assert "t" in {row.name for row in picture.catalog.rows(PgClass)}
    assert picture.catalog.find(PgSetting, "statement_timeout", "name")
