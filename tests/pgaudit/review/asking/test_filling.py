"""A copy is filled to the audited tables' own statistics, by the server's own count, and with none of their values."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from pgaudit.review.shadow.building import build, tear_down
from pgaudit.review.shadow.filling import Filled, fill
from pgaudit.review.shadow.plans import NoPlanError, explain, plannable
from pgaudit.review.shadow.server import ShadowServer
from pgaudit.review.shadow.shapes import MOST_PAGES, MOST_ROWS, TableShape, UnfillableError, scaled, shape_of
from probes.catalog.catalog import Catalog
from probes.collect.collector import collect
from tests.servers import Database, Server

Connection = psycopg.Connection[tuple[Any, ...]]

ROWS = 6_000
SCHEMA = f"""
create schema app;
create type app.mood as enum ('sad', 'content', 'happy');
create domain app.positive as integer check (value > 1000);
create domain app.code as text check (value like 'CANARY%');
create table app.owners (id bigint primary key, name text not null);
insert into app.owners select g, 'CANARY ' || g from generate_series(1, 40) as g;
create table app.things (
    tenant_id bigint not null,
    id bigint generated always as identity,
    owner_id bigint not null references app.owners,
    number app.positive not null,
    code app.code not null unique,
    status text not null check (status in ('CANARY open', 'CANARY shut')),
    mood app.mood not null,
    short varchar(10),
    fixed char(3) not null,
    amount numeric(12, 2) not null check (amount > 500),
    ratio double precision,
    flag boolean not null,
    born date not null,
    seen timestamptz,
    uid uuid not null,
    doc jsonb not null,
    tags text[] not null,
    address inet,
    raw bytea not null,
    twice integer generated always as (length(code) * 2) stored,
    primary key (tenant_id, id)
);
create index on app.things (owner_id);
create index on app.things (lower(code));
create unique index on app.things (owner_id, number) where flag;
create table app.pairs (a integer not null, b integer not null, primary key (a, b));
insert into app.pairs select a, b from generate_series(1, 30) as a, generate_series(1, 30) as b where (a + b) % 2 = 0;
insert into app.things (
    tenant_id, owner_id, number, code, status, mood, short, fixed, amount, ratio, flag, born, seen, uid, doc, tags,
    address, raw
)
select
    g % 7, 1 + g % 40, 1000 + g, 'CANARY code ' || g, case when g % 3 = 0 then 'CANARY open' else 'CANARY shut' end,
    (array['sad', 'content', 'happy'])[1 + g % 3]::app.mood, case when g % 4 <> 0 then 'CANARY' || g % 900 end, 'CAN',
    500.5 + g % 300, case when g % 2 = 0 then g * 1.5 end, g % 2 = 0, date '2020-01-01' + g % 365,
    timestamptz '2024-01-01' + g * interval '1 hour', md5(g::text)::uuid,
    jsonb_build_object('secret', 'CANARY ' || g % 100), array['CANARY', (g % 5)::text], null,
    convert_to('CANARY raw ' || g, 'UTF8')
from generate_series(1, {ROWS}) as g;
delete from app.things where id % 3 = 0;
vacuum analyze app.things;
analyze app.owners;
analyze app.pairs;
"""


@contextmanager
def filled_copy(
    database: Database, server: Server, *names: str, most_rows: int = MOST_ROWS
) -> Generator[tuple[Catalog, Connection, list[Filled]]]:
    with database.connect() as connection:
        for statement in SCHEMA.split(";\n"):
            if statement.strip():
                connection.execute(statement.encode())
        catalog = collect(database.connect).catalog
    shadows = ShadowServer(server.dsn, server.major, throw_away=False)
    built = build(shadows, catalog)
    try:
        with psycopg.connect(built.conninfo, autocommit=True, prepare_threshold=None) as copy:
            copy.execute("set session_replication_role = replica")
            found = [_table(catalog, name) for name in names]
            shapes = scaled(tuple(shape_of(catalog, table) for table in found), most_rows=most_rows)
            yield catalog, copy, [fill(copy, table, shape) for table, shape in zip(found, shapes, strict=True)]
    finally:
        tear_down(shadows, built)


def _table(catalog: Catalog, name: str) -> Any:
    table = catalog.relation_named("app", name)
    assert table is not None
    return table


def _statistics(connection: Connection, table: str) -> dict[str, tuple[float, int, float]]:
    rows = connection.execute(
        "select s.attname, s.null_frac, s.avg_width, s.n_distinct, c.reltuples from pg_stats as s "
        "join pg_class as c on c.oid = ('app.' || s.tablename)::regclass where s.tablename = %s",
        (table,),
    ).fetchall()
    return {name: (nulls, width, n if n > 0 else -n * tuples) for name, nulls, width, n, tuples in rows}


def _size(connection: Connection, table: str) -> tuple[float, int]:
    query = "select reltuples::float8, relpages from pg_class where oid = %s::regclass"
    found = connection.execute(query, (f"app.{table}",)).fetchone()
    assert found is not None
    return found[0], found[1]


@pytest.mark.pg(">= 13")
def test_a_copy_has_the_rows_pages_and_distributions_of_the_original_and_none_of_its_values(
    database: Database, server: Server
) -> None:
    with filled_copy(database, server, "things", "owners", "pairs") as (_, copy, found), database.connect() as original:
        for one, name in zip(found, ("things", "owners", "pairs"), strict=True):
            rows, pages = _size(original, name)
            assert one.rows == pytest.approx(rows, rel=0.01), name
            assert one.pages == pytest.approx(pages, rel=0.05, abs=2), name
            assert (one.rows, one.pages) == _size(copy, name)
        theirs, ours = _statistics(original, "things"), _statistics(copy, "things")
        for column, (nulls, width, distinct) in theirs.items():
            made_nulls, made_width, made_distinct = ours[column]
            assert made_nulls == pytest.approx(nulls, abs=0.03), column
            assert made_distinct == pytest.approx(distinct, rel=0.15, abs=1), column
            assert made_width == pytest.approx(width, rel=0.35, abs=4), column
        for table in ("things", "owners"):
            told = copy.execute(f"select count(*) from app.{table} as t where t::text ilike '%canary%'".encode())
            assert told.fetchone() == (0,)
        kept = copy.execute(
            "select count(*) from pg_stats where schemaname = 'app' and "
            "(most_common_vals::text || coalesce(histogram_bounds::text, '')) ilike '%canary%'"
        )
        assert kept.fetchone() == (0,)


@pytest.mark.pg(">= 13")
def test_a_statement_with_parameters_has_a_generic_plan_on_every_version(database: Database, server: Server) -> None:
    with filled_copy(database, server, "things") as (_, copy, _found):
        sql = plannable("select * from app.things where owner_id = $1 and seen > now() - interval $2 and tags @> $3")
        before = explain(copy, sql)
        assert before.relations == (("app", "things"),)
        copy.execute("create index wanted on app.things (owner_id, seen)")
        after = explain(copy, sql)
        assert "wanted" in after.indexes
        assert 0 < after.cost < before.cost
        assert copy.execute("select count(*) from pg_prepared_statements").fetchone() == (0,)


@pytest.mark.pg("== 18")
def test_a_copy_of_a_share_has_that_share_of_rows_and_pages(database: Database, server: Server) -> None:
    with (
        filled_copy(database, server, "things", most_rows=1_000) as (_, copy, found),
        database.connect() as original,
    ):
        rows, pages = _size(original, "things")
        assert found[0].rows == pytest.approx(1_000, rel=0.01)
        assert found[0].pages == pytest.approx(pages * 1_000 / rows, rel=0.1)
        assert _statistics(copy, "things")["code"][2] == pytest.approx(1_000, rel=0.01)  # unique stays unique
        assert _statistics(copy, "things")["tenant_id"][2] == 7


@pytest.mark.pg("== 18")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("select * from app.nothing where a = $1", "does not exist"),
        ("select $1 + $2", "could not determine|operator is not unique"),
        ("select 1 from app.things group by 0", "position"),
    ],
)
def test_what_the_planner_refuses_has_no_plan(database: Database, server: Server, text: str, reason: str) -> None:
    del server
    with database.connect() as connection:
        connection.execute("create schema app")
        connection.execute("create table app.things (a integer)")
        with pytest.raises(NoPlanError, match=reason):
            explain(connection, plannable(text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("select * from t where", "no SQL"),
        ("set role ***", "no SQL"),
        ("vacuum t", "no plan"),
        ("select 1; drop table t", "no SQL"),
        ("alter table t add column c int", "no plan"),
    ],
)
def test_what_is_no_query_is_not_planned(text: str, reason: str) -> None:
    with pytest.raises(NoPlanError, match=reason):
        plannable(text)


@pytest.mark.pg("== 18")
def test_tables_that_too_little_is_known_of_are_not_filled(database: Database) -> None:
    database.execute(
        "create schema app; create table app.fresh (a integer);"
        "create table app.parted (a integer) partition by range (a);"
        "create table app.part partition of app.parted for values from (0) to (9);"
        "create view app.seen as select 1 as one;"
        "create table app.shapes (a polygon not null);"
        "insert into app.shapes select polygon '((0,0),(1,1),(2,0))' from generate_series(1, 10)"
    )
    with database.connect() as connection:
        connection.execute("analyze app.shapes")
        catalog = collect(database.connect).catalog
        for name, reason in (
            ("fresh", "never analyzed"),
            ("parted", "partitioned"),
            ("part", "partitioned"),
            ("seen", "is a view"),
        ):
            with pytest.raises(UnfillableError, match=reason):
                shape_of(catalog, _table(catalog, name))
        with pytest.raises(UnfillableError, match=r"shapes\.a, which is of type polygon"):
            fill(connection, _table(catalog, "shapes"), shape_of(catalog, _table(catalog, "shapes")))


def _shape(rows: int, pages: int) -> TableShape:
    return TableShape("app", "t", "app.t", rows, pages, 0, ())


def test_what_is_larger_than_is_made_shrinks_by_one_share_for_all() -> None:
    small = (_shape(1_000, 10), _shape(5_000, 100))
    assert scaled(small) == small
    large = scaled((_shape(40_000_000, MOST_PAGES * 4), _shape(1_000, 10)))
    assert {one.share for one in large} == {MOST_ROWS / 40_001_000}
    assert sum(one.made_rows for one in large) <= MOST_ROWS + 1
    wide = scaled((_shape(10_000, MOST_PAGES * 8),))
    assert wide[0].made_pages == MOST_PAGES
