"""Numbers that are followed night by night: what the server itself says of the same moment."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from pgaudit.store.observations import Observation, observe
from probes.catalog.catalog import Catalog
from probes.catalog.rows import ROW_TYPES, Row
from probes.catalog.scope import Scope
from tests.conftest import ServerPool
from tests.pictures import picture_of
from tests.servers import Database, fresh_database
from tests.waiting import wait_for_counters

SHOP = """
create table tenants (id int primary key);
create table customers (id int primary key, tenant_id int not null references tenants);
create table orders (id int primary key, tenant_id int not null references tenants);
create table payments (id int primary key, tenant_id int not null references tenants);
create table order_lines (id int primary key, order_id int references orders);
create table countries (code text primary key);
alter table orders enable row level security;
create table parted (id int, tenant_id int) partition by range (id);
create table parted_1 partition of parted for values from (0) to (10);
alter table parted enable row level security;
insert into tenants values (1);
insert into customers select n, 1 from generate_series(1, 1000) n;
insert into orders select n, 1 from generate_series(1, 1000) n;
delete from customers where id <= 400;
delete from orders where id <= 20;
"""


@pytest.fixture(scope="module")
def shop(server_pool: ServerPool) -> Iterator[Database]:
    with fresh_database(server_pool.get(17)) as database:
        database.execute(SHOP)
        wait_for_counters(database)  # what came after ANALYZE would be added to what it has counted
        database.execute("analyze")
        wait_for_counters(database)
        yield database


@pytest.fixture(scope="module")
def catalog(shop: Database) -> Catalog:
    return picture_of(shop.dsn)


def metrics(catalog: Catalog, kind: str = "database", name: str | None = None) -> dict[str, float]:
    """Of the database, or of the object of that name."""
    return {
        one.metric: one.value for one in observe(catalog) if one.kind == kind and (name is None or one.object == name)
    }


def server_says(shop: Database, query: str) -> float:
    with shop.connect() as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return float(row[0])


def test_dead_rows_are_those_of_all_tables_and_a_table_past_its_threshold_is_counted(
    shop: Database, catalog: Catalog
) -> None:
    found = metrics(catalog)
    assert found["dead_rows"] == server_says(shop, "select sum(n_dead_tup) from pg_catalog.pg_stat_user_tables") == 420
    assert found["live_rows"] == server_says(shop, "select sum(n_live_tup) from pg_catalog.pg_stat_user_tables")
    # autovacuum waits for 50 rows and a fifth of the 600 that customers has: 170 of 400; orders has 20 of 246
    assert found["tables_past_vacuum_threshold"] == 1
    limit = "select setting from pg_catalog.pg_settings where name = 'autovacuum_freeze_max_age'"
    assert found["freeze_max_age_xids"] == server_says(shop, limit)


def test_coverage_counts_tables_that_lead_to_a_tenant_and_partitions_with_their_root(catalog: Catalog) -> None:
    found = metrics(catalog)
    assert found["tables"] == 7
    assert found["tables_with_tenant"] == 6  # all but countries
    assert found["tables_with_row_security"] == 2  # orders and parted


def test_without_a_column_that_tells_tenants_apart_nothing_is_said_of_coverage(server_pool: ServerPool) -> None:
    with fresh_database(server_pool.get(17)) as database:
        database.execute("create table notes (id int primary key); create table lists (id int primary key)")
        taken = picture_of(database.dsn)
    assert "tables_with_tenant" not in metrics(taken)
    assert "tables_with_tenant" in metrics(taken.within(Scope(tenant_column="id")))


def test_a_standby_says_nothing_of_dead_rows(catalog: Catalog) -> None:
    standby = Catalog(msgspec.structs.replace(catalog.server, in_recovery=True), dict(catalog.areas()), catalog.scope)
    assert {"dead_rows", "tables_past_vacuum_threshold"}.isdisjoint(metrics(standby))
    assert "tables_with_tenant" in metrics(standby)


def test_a_rewrite_writes_the_table_and_its_indexes(shop: Database, catalog: Catalog) -> None:
    found = metrics(catalog, "table", "public.orders")
    size = server_says(
        shop, "select pg_catalog.pg_relation_size('orders') + pg_catalog.pg_relation_size('orders_pkey')"
    )
    assert found["rewrite_bytes"] == size
    assert found["scans"] >= 1


def test_an_area_that_was_not_collected_costs_only_its_own_numbers(catalog: Catalog) -> None:
    areas = dict(catalog.areas())

    def without(row_type: type[Row]) -> list[Observation]:
        return observe(Catalog(catalog.server, {one: rows for one, rows in areas.items() if one is not row_type}))

    everything = {(one.kind, one.object, one.metric) for one in observe(catalog)}
    for row_type in ROW_TYPES:
        assert {(one.kind, one.object, one.metric) for one in without(row_type)} <= everything
