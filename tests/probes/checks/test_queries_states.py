"""Checks of the shapes of statements, against a server that was asked in those shapes."""

from __future__ import annotations

import pytest

from probes.catalog.catalog import Catalog
from probes.finding import Finding
from tests.probes.checks.states import findings_of, look
from tests.servers import PrivateCluster, private_cluster

PRELOADED = {"shared_preload_libraries": "pg_stat_statements"}
OFTEN = {"calls": 5}
LARGE = {"calls": 5, "min_table_pages": 500}
CALLS = 6

ASKED = (
    "select id from app.pages",
    "select id from app.pages order by id limit 10 offset 9000",
    "select id from app.pages where title ilike '%needle%'",
    "select id from app.pages where lower(title) = 'needle'",
    "select id from app.pages where made_at::date = '2026-01-01'",
    "select id from app.pages where payload ->> 'kind' = 'needle'",
)
INNOCENT = (
    "select id from app.pages limit 10",
    "select count(*) from app.pages",
    "select id from app.pages where id = 7",
    "select id from app.pages where lower(author) = 'needle'",
    "select id from app.pages where author like 'Author 12%'",
    "select payload ->> 'kind' from app.pages where id = 7",
    "select id from app.few where lower(title) = 'needle'",
    "select id from app.few where title like '%needle%'",
)


def asked(cluster: PrivateCluster) -> None:
    """A table of ten thousand pages of text, asked well and badly."""
    with cluster.connect() as connection:
        connection.execute("create extension pg_stat_statements; create schema app")
        connection.execute(
            "create table app.pages (id bigint primary key, title text, author text, made_at timestamptz, "
            "payload jsonb, body text)"
        )
        connection.execute(
            "insert into app.pages select g, 'Title ' || g, 'Author ' || g, now(), '{\"kind\": 1}', repeat('x', 500) "
            "from generate_series(1, 10000) as g"
        )
        connection.execute("create table app.few as select id, title from app.pages limit 100")
        connection.execute("create index on app.pages (lower(author))")
        connection.execute("create index on app.pages (author text_pattern_ops)")
        connection.execute("vacuum analyze app.pages, app.few")
        connection.execute("select pg_stat_statements_reset()")
        for query in (*ASKED, *INNOCENT):
            for _ in range(CALLS):
                connection.execute(query.encode()).fetchall()


def told(findings: tuple[Finding, ...]) -> list[str]:
    return sorted(f"{finding.object.kind} {finding.object.name}" for finding in findings)


def judged(catalog: Catalog) -> dict[str, list[str]]:
    return {
        "queries/no_limit": told(findings_of("queries/no_limit", catalog, **OFTEN)),
        "queries/offset_paging": told(findings_of("queries/offset_paging", catalog, mean_ms=0, **OFTEN)),
        "queries/pattern_search": told(findings_of("queries/pattern_search", catalog, **LARGE)),
        "queries/function_on_column": told(findings_of("queries/function_on_column", catalog, **LARGE)),
        "queries/json_read_by_key": told(findings_of("queries/json_read_by_key", catalog, **LARGE)),
    }


@pytest.mark.pg
def test_each_shape_is_told_where_it_stands_and_no_other_statement_is(pg_major: int) -> None:
    with private_cluster(pg_major, settings=PRELOADED) as cluster:
        asked(cluster)
        catalog = look(cluster.dsn)
        assert judged(catalog) == {
            "queries/no_limit": ["query select id from app.pages"],
            "queries/offset_paging": ["query select id from app.pages order by id limit $1 offset $2"],
            "queries/pattern_search": ["column title"],
            "queries/function_on_column": ["column made_at", "column title"],
            "queries/json_read_by_key": ["column payload"],
        }
        assert findings_of("queries/no_limit", catalog, calls=100) == ()
        assert findings_of("queries/pattern_search", catalog, calls=5, min_table_pages=50_000) == ()
        mended(cluster, catalog)


@pytest.mark.pg
def test_the_index_that_a_statement_wants_begins_with_the_tenant(pg_major: int) -> None:
    with private_cluster(pg_major, settings=PRELOADED) as cluster:
        with cluster.connect() as connection:
            connection.execute("create extension pg_stat_statements; create schema app")
            for table in ("orders", "users", "notes"):
                connection.execute(
                    f"create table app.{table} (id bigint primary key, tenant_id int, code int, note text)".encode()
                )
            connection.execute(
                "insert into app.orders select g, g % 5, g % 1000, repeat('x', 400) from generate_series(1, 20000) as g"
            )
            connection.execute("vacuum analyze app.orders")
            connection.execute("select pg_stat_statements_reset()")
            for number in range(CALLS):
                connection.execute(f"select id from app.orders where code = {number} and tenant_id = 1".encode())
        (found,) = findings_of("indexes/suggested_for_workload", look(cluster.dsn), calls=5, mean_ms=0)
        assert found.object.columns == ("tenant_id", "code")  # although there are more codes than tenants


def mended(cluster: PrivateCluster, catalog: Catalog) -> None:
    """The statements that are offered are those by which the planner then goes."""
    found = (
        *findings_of("queries/pattern_search", catalog, **LARGE),
        *findings_of("queries/function_on_column", catalog, **LARGE),
    )
    with cluster.connect() as connection:
        for finding in found:
            for statement in finding.fix.sql if finding.fix else ():
                connection.execute(statement.encode())
        connection.execute("analyze app.pages")
        for query in (ASKED[2], ASKED[3]):
            plan = connection.execute(f"explain (format json) {query}".encode()).fetchone()
            assert "Seq Scan" not in str(plan)
    after = judged(look(cluster.dsn))
    assert after["queries/pattern_search"] == []
    assert after["queries/function_on_column"] == ["column made_at"]
