"""What is said to name a column or a table is what the server then fails on, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import partial
from typing import LiteralString

import psycopg
import pytest

from migrations_safety.function_uses import functions_naming
from migrations_safety.script.model import ScriptText
from migrations_safety.uses import queries_filling, queries_naming
from pgaudit.migrations.gate import gate_scripts
from probes.catalog.catalog import Catalog
from probes.collect.collector import Collector
from probes.finding import Severity
from tests.servers import PrivateCluster, private_cluster

MAJOR = 18
CANARY = "canary-4711"
WORLD = """
create extension pg_stat_statements;
create table customers (id bigint primary key, name text, note text);
create table orders (id bigint primary key, customer_id bigint, note text, total numeric);
create unique index on orders (note);
create schema archive;
create table archive.notes (id bigint, note text);
create table log (at timestamptz default now(), what text);

create function reads_note() returns bigint language sql as 'select count(note) from orders';
create function reads_other_note() returns bigint language sql as
    'select count(c.note) from customers c join orders o on o.customer_id = c.id';
create function loops_over_orders() returns void language plpgsql as $$
declare found record;
begin
    for found in select * from orders loop insert into log (what) values (found.note); end loop;
end $$;
create function loops_over_customers() returns void language plpgsql as $$
declare found record;
begin
    for found in select * from customers loop insert into log (what) values (found.note); end loop;
    perform id from orders;
end $$;
create function writes_note() returns void language plpgsql as $$
begin update orders set note = 'set by ' || note; end $$;
create function says_it_in_a_comment() returns bigint language plpgsql as $$
begin
    -- orders.note is not read here
    return (select count(*) from orders);
end $$;
create function builds_it(wanted text) returns void language plpgsql as $$
begin execute 'update orders set note = ' || quote_literal(wanted); end $$;
"""
ROWS = """
insert into customers values (1, 'a', 'x');
insert into orders values (1, 1, 'first', 1), (2, 1, 'second', 2);
"""
QUERIES: tuple[LiteralString, ...] = (
    "select note from orders where id = 1",
    "select o.note from orders as o where o.id = 1",
    "select id from orders where note = 'canary-4711'",
    "select id, total from orders",
    "select * from orders",
    "select count(*) from orders",
    "select c.note from customers as c join orders as o on o.customer_id = c.id",
    "select o.note from customers as c join orders as o on o.customer_id = c.id",
    "select note from customers",
    "select note from archive.notes",
    "with notes as (select note from orders) select note from notes",
    "with orders as (select 1 as note) select note from orders",
    "select name from customers where exists (select from orders as o where o.customer_id = customers.id)",
    "select name from customers where id in (select customer_id from orders where orders.note is null)",
    "insert into orders (id, note) values (3, 'third')",
    "insert into orders (id, total) values (4, 4)",
    "insert into orders (id, total) values (4, 4) on conflict (id) do update set note = excluded.total::text",
    "insert into orders values (5, 1, 'fifth', 5)",
    "insert into orders values (6)",
    "insert into orders select * from orders where false",
    "insert into customers (id, note) select id + 10, total::text from orders",
    "update orders set note = 'canary-4711' where id = 2",
    "update orders set total = 3 where id = 2",
    "delete from orders where total > 10 returning note",
    "delete from orders where total > 10",
    "merge into orders using customers on orders.id = customers.id when matched then update set note = 'm'",
    "merge into orders using customers on orders.id = customers.id when matched then update set total = 1",
    "select total from public.orders order by orders.note",
    "select max(total) over (partition by note) from orders",
)
COPIES_ITSELF = "insert into orders select * from orders where false"
"""Its source loses the column too: it is said to need it, and goes on."""
BROKEN = (psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedTable, psycopg.errors.SyntaxError)
FUNCTIONS: dict[str, LiteralString] = {
    "reads_note": "select reads_note()",
    "reads_other_note": "select reads_other_note()",
    "loops_over_orders": "select loops_over_orders()",
    "loops_over_customers": "select loops_over_customers()",
    "writes_note": "select writes_note()",
    "says_it_in_a_comment": "select says_it_in_a_comment()",
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[PrivateCluster]:
    with private_cluster(MAJOR, settings={"shared_preload_libraries": "pg_stat_statements"}) as started:
        with started.connect() as connection:
            connection.execute(WORLD)
            connection.execute(ROWS)
            connection.execute("select pg_stat_statements_reset()")
            for query in QUERIES:
                with connection.transaction(force_rollback=True):
                    connection.execute(query)
        yield started


@pytest.fixture(scope="module")
def catalog(cluster: PrivateCluster) -> Catalog:
    return Collector(partial(psycopg.connect, cluster.dsn, autocommit=True)).collect(dictionaries=True).catalog


def ids(cluster: PrivateCluster) -> dict[int, str]:
    """Give each query by the id that pg_stat_statements has it under."""
    found: dict[int, str] = {}
    with cluster.connect() as connection:
        for query in QUERIES:
            row = connection.execute(b"explain (verbose, format json) " + query.encode()).fetchone()
            assert row is not None
            found[row[0][0]["Query Identifier"]] = query
    assert len(found) == len(QUERIES)
    return found


def failing_after(cluster: PrivateCluster, change: LiteralString, statements: dict[str, LiteralString]) -> set[str]:
    """Give those that fail once the change is made, each tried on its own; everything is taken back."""
    failed: set[str] = set()
    with cluster.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute(change)
        for name, query in statements.items():
            try:
                with connection.transaction(force_rollback=True):
                    connection.execute(query)
            except BROKEN:
                failed.add(name)
    return failed


def test_live_queries_said_to_name_a_column_are_those_that_fail_when_it_is_renamed(
    cluster: PrivateCluster, catalog: Catalog
) -> None:
    by_id = ids(cluster)
    named = {by_id[query.query_id or 0] for query in queries_naming(catalog, "public", "orders", "note")}
    change: LiteralString = "alter table orders rename column note to remark"
    assert named == failing_after(cluster, change, {query: query for query in QUERIES})


def test_live_queries_said_to_name_or_fill_a_column_are_those_that_fail_when_it_is_dropped(
    cluster: PrivateCluster, catalog: Catalog
) -> None:
    by_id = ids(cluster)
    table = catalog.relation_named("public", "orders")
    assert table is not None
    found = queries_naming(catalog, "public", "orders", "total")
    found += queries_filling(catalog, table.row.oid, "public", "orders", "total")
    change: LiteralString = "alter table orders drop column total"
    failing = failing_after(cluster, change, {query: query for query in QUERIES})
    assert {by_id[query.query_id or 0] for query in found} - {COPIES_ITSELF} == failing - {COPIES_ITSELF}


def test_live_queries_said_to_name_a_table_are_those_that_fail_without_it(
    cluster: PrivateCluster, catalog: Catalog
) -> None:
    by_id = ids(cluster)
    found = queries_naming(catalog, "public", "orders")
    named = {by_id[query.query_id] for query in found if query.query_id in by_id}
    assert named == failing_after(cluster, "drop table orders", {query: query for query in QUERIES})


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("note", "alter table orders drop column note"),
        (None, "alter table orders rename to purchases"),
    ],
)
def test_functions_said_to_name_it_are_those_that_fail_without_it(
    cluster: PrivateCluster, catalog: Catalog, column: str | None, change: LiteralString
) -> None:
    table = catalog.relation_named("public", "orders")
    assert table is not None
    named = {row.name for row in functions_naming(catalog, table.row.oid, "orders", column)}
    assert named & set(FUNCTIONS) == failing_after(cluster, change, FUNCTIONS)


def test_what_the_gate_shows_of_live_queries_holds_no_value(catalog: Catalog) -> None:
    text = ScriptText(file="a.sql", content=b"alter table orders drop column note;")
    run = gate_scripts([text], catalog, MAJOR, today=date(2026, 1, 1))
    (found,) = [one for one in run.findings if one.rule == "drop-column"]
    assert found.severity is Severity.HIGH
    expected = queries_naming(catalog, "public", "orders", "note")
    assert found.evidence["live_query_count"] == len(expected) + 2  # that fill it by its place
    assert str(expected[0].query_id) in str(found.evidence["live_queries"])
    assert CANARY not in json.dumps([dict(one.evidence) for one in run.findings])
