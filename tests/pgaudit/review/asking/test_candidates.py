"""Which indexes are tried for a statement, and what is said where none is, or nothing could be measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec
import pytest

from pgaudit.review.asking.candidates import candidates, tables_of, unclear_names
from pgaudit.review.asking.measuring import Measured, NotMeasured, measure
from pgaudit.review.asking.query_evidence import plan_records
from pgaudit.review.asking.statements import Asked
from pgaudit.review.shadow.plans import plannable
from pgaudit.review.shadow.server import ShadowServer
from probes.catalog.catalog import Catalog
from probes.collect.collector import collect
from tests.conftest import ServerPool, skipped_without_server
from tests.servers import Database, Server, fresh_database

SCHEMA = """
create schema app;
create table app.tenants (id bigint primary key, name text not null);
create table app.orders (tenant_id bigint not null, id bigint primary key, owner_id bigint,
    state text not null, made_at timestamptz not null);
create table app.lines (tenant_id bigint not null, id bigint primary key,
    order_id bigint not null, amount numeric not null);
create table app.notes (tenant_id bigint not null, order_id bigint not null, text text);
create schema other;
create table other.orders (id bigint primary key);
insert into app.tenants select g, 't' || g from generate_series(1, 20) as g;
insert into app.orders select g % 20 + 1, g, g % 500, case when g % 4 = 0 then 'open' else 'done' end,
    timestamptz '2025-01-01' + g * interval '1 minute' from generate_series(1, 8000) as g;
insert into app.lines select g % 20 + 1, g, g / 3 + 1, g from generate_series(1, 20000) as g;
insert into app.notes select g % 20 + 1, g % 20000, repeat('x', 200) from generate_series(1, 8000) as g;
analyze app.tenants;
analyze app.orders;
analyze app.lines;
analyze app.notes
"""


@pytest.fixture(scope="module")
def audited(server_pool: ServerPool) -> Iterator[Audited]:
    with skipped_without_server():
        server = server_pool.get(18)
        with fresh_database(server) as database:
            with database.connect() as connection:
                for statement in SCHEMA.split(";\n"):
                    connection.execute(statement.encode())
            yield Audited(server, database, collect(database.connect).catalog)


class Audited(NamedTuple):
    server: Server
    database: Database
    catalog: Catalog

    def measure(self, sql: str, catalog: Catalog | None = None) -> Measured | NotMeasured:
        shadow = ShadowServer(self.server.dsn, self.server.major, throw_away=False)
        seen = catalog or self.catalog
        return measure(shadow, seen, plannable(sql), candidates(seen, sql))


def tried(catalog: Catalog, sql: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.table.name, one.column_names) for one in candidates(catalog, sql)]


def test_what_a_statement_compares_orders_and_joins_by_is_tried_the_tenant_first(audited: Audited) -> None:
    catalog = audited.catalog
    found = tried(
        catalog,
        "select * from app.orders where state = $1 and tenant_id = $2 and made_at > $3 order by made_at limit 5",
    )
    assert found[0] == ("orders", ("tenant_id", "state"))
    assert ("orders", ("tenant_id", "state", "made_at")) in found
    joined = tried(
        catalog, "select * from app.orders as o join app.lines as l on l.order_id = o.id where o.owner_id = $1"
    )
    assert ("lines", ("order_id",)) in joined
    assert ("orders", ("owner_id",)) in joined
    assert ("orders", ("id",)) not in joined  # the primary key serves it
    assert tried(catalog, "update app.lines set amount = 0 where order_id in ($1, $2)") == [("lines", ("order_id",))]
    assert tried(catalog, "select * from app.orders where id = $1") == []
    assert tried(catalog, "select * from app.orders where id = tenant_id") == []
    assert tried(catalog, "insert into app.lines values ($1, $2, $3, $4)") == []


def test_tables_are_told_in_the_order_in_which_a_statement_names_them(audited: Audited) -> None:
    catalog = audited.catalog
    found = tables_of(catalog, "with n as (select * from app.notes) select * from n, app.lines, app.orders")
    assert [one.name for one in found] == ["notes", "lines", "orders"]
    assert unclear_names(catalog, "select * from orders join lines using (id)") == ("orders",)
    assert unclear_names(catalog, "select * from app.orders join lines using (id)") == ()


def test_the_index_that_saves_most_is_chosen_and_the_plan_uses_it(audited: Audited) -> None:
    found = audited.measure(
        "select o.id, (select sum(l.amount) from app.lines as l where l.order_id = o.id) from app.orders as o "
        "where o.tenant_id = $1 and o.owner_id = $2",
    )
    assert isinstance(found, Measured)
    assert (found.chosen[0].table.name, found.chosen[0].column_names) == ("lines", ("order_id",))
    assert found.after.cost < found.before.cost / 10
    assert any("lines_order_id_idx" in line for line in found.after.lines)
    assert {one.shape.name: one.rows for one in found.filled} == {"orders": 8_000, "lines": 20_000}
    assert {one.candidate.table.name for one in found.trials} == {"orders", "lines"}


def test_an_index_that_saves_little_is_not_advised(audited: Audited) -> None:
    found = audited.measure("select * from app.tenants where name = $1")
    assert isinstance(found, Measured)
    assert found.chosen == ()
    assert found.after == found.before


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("select * from orders where owner_id = $1", "orders is in several schemas"),
        ("select * from app.missing where owner_id = $1", "does not exist"),
        ("select * from other.orders where id = $1", "never analyzed"),
        ("select * from pg_class where relname = $1", "not part of the evidence"),
    ],
)
def test_what_cannot_be_measured_says_why(audited: Audited, sql: str, reason: str) -> None:
    found = audited.measure(sql)
    assert isinstance(found, NotMeasured)
    assert reason in found.reason


def test_the_audited_servers_planner_settings_are_taken_over(audited: Audited) -> None:
    name = audited.database.name
    audited.database.execute(f"alter database {name} set random_page_cost = 1.1")
    catalog = collect(audited.database.connect).catalog
    audited.database.execute(f"alter database {name} reset random_page_cost")
    found = audited.measure("select * from app.orders where owner_id = $1", catalog)
    assert isinstance(found, Measured)
    assert found.settings["random_page_cost"] == "1.1"


def test_nothing_of_a_copy_stays_behind(audited: Audited) -> None:
    query = "select datname from pg_database union all select rolname from pg_roles"
    with audited.server.connect() as connection:
        before = sorted(connection.execute(query).fetchall())
        audited.measure("select * from app.orders where owner_id = $1")
        assert sorted(connection.execute(query).fetchall()) == before


def test_a_copy_that_is_smaller_than_the_table_says_so(audited: Audited) -> None:
    sql = "select * from app.notes where order_id = $1"
    found = audited.measure(sql)
    assert isinstance(found, Measured)
    one = found.filled[0]
    smaller = msgspec.structs.replace(one, shape=msgspec.structs.replace(one.shape, share=0.25), rows=2_000)
    asked = Asked(1, sql, 1, 1.0, 1.0, 0.0, 1, 1, 1.0)
    told = [record.says for record in plan_records(msgspec.structs.replace(found, filled=(smaller,)), asked)]
    assert any("2,000 rows" in says and "25.00% of it, for more is not made" in says for says in told)
