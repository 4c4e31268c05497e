"""How tenants are told apart: what is configured wins, what is inferred says so, and foreign keys lead the way."""

from __future__ import annotations

import pytest

from pgaudit.cli.targets import scope_of
from pgaudit.config import Configuration, Tenancy
from probes.catalog.catalog import Catalog
from probes.catalog.scope import Scope
from probes.checks._support import tenancy as t
from probes.checks._support.exposure import ExposureAt, exposure_of
from probes.checks._support.tenant_policies import open_branch, tenant_condition
from probes.finding import Confidence
from probes.sql.expressions.build import parse_expression
from tests.probes.checks.states import look
from tests.servers import Database

SHOP = """
create schema shop;
create table shop.tenants (id bigint primary key);
create table shop.orders (id bigint, tenant_id bigint not null references shop.tenants, primary key (tenant_id, id));
create table shop.lines (
    id bigint primary key, tenant_id bigint not null, order_id bigint not null,
    foreign key (tenant_id, order_id) references shop.orders (tenant_id, id)
);
create table shop.parts (id bigint primary key, line_id bigint references shop.lines);
create table shop.screws (id bigint primary key, part_id bigint references shop.parts);
create table shop.countries (code text primary key, region text);
create table shop.users (id bigint primary key, tenant_id bigint references shop.tenants, region text);
create table shop.events (id bigint not null, tenant_id bigint) partition by range (id);
create table shop.events_1 partition of shop.events for values from (0) to (10);
alter table shop.orders enable row level security;
alter table shop.users enable row level security;
create policy own on shop.orders using (tenant_id = current_setting('app.tenant', true)::bigint);
create policy own on shop.users using (tenant_id = current_setting('app.tenant', true)::bigint);
create policy mine on shop.users using (tenant_id = current_setting('app.tenant', true)::bigint and id > 0);
"""


def names(catalog: Catalog, oids: object) -> set[str]:
    assert isinstance(oids, dict)
    return {relation.name for oid in oids if (relation := catalog.relation(oid))}


@pytest.mark.pg(">= 18")
def test_tenants_are_inferred_from_the_name_that_half_of_the_tables_share(database: Database) -> None:
    database.execute(SHOP)
    catalog = look(database.dsn)
    found = t.tenancy_of(catalog)
    assert found is not None
    assert (found.column, found.is_inferred, found.confidence) == ("tenant_id", True, Confidence.MEDIUM)
    assert "inferred" in found.named
    table = catalog.relation(found.tenant_table or 0)
    assert table is not None
    assert table.name == "tenants"
    assert names(catalog, found.carriers) == {"orders", "lines", "users", "events"}  # no partition by itself
    assert names(catalog, found.led_by) == {"parts", "screws"}  # over one foreign key and over two
    assert t.tenancy_of(catalog) is found  # worked out once


@pytest.mark.pg(">= 18")
def test_what_is_configured_wins_and_is_not_called_inferred(database: Database) -> None:
    database.execute(SHOP)
    catalog = look(database.dsn)
    configured = t.tenancy_of(catalog.within(Scope(tenant_column="region")))
    assert configured is not None
    assert (configured.column, configured.is_inferred, configured.confidence) == ("region", False, Confidence.HIGH)
    assert names(catalog, configured.carriers) == {"countries", "users"}
    assert configured.tenant_table is None
    at = t.tenancy_of(catalog.within(Scope(tenant_column="region")), t.TenancyAt(tenant_column="tenant_id"))
    assert at is not None
    assert at.column == "tenant_id"  # a check's own threshold is closer than the file
    assert t.tenancy_of(catalog.within(Scope(tenant_column="no_such_column"))) is None


@pytest.mark.pg(">= 18")
def test_a_name_that_few_tables_have_tells_no_tenants_apart(database: Database) -> None:
    database.execute(
        "create table a (id int, org_id int); create table b (id int, org_id int); create table c (id int)"
    )
    assert t.tenancy_of(look(database.dsn)) is None
    database.execute("create table d (id int, org_id int)")
    assert t.tenancy_of(look(database.dsn)) is not None


@pytest.mark.pg(">= 18")
def test_where_schemas_are_the_tenants_no_column_is_inferred(database: Database) -> None:
    for schema in ("t_1", "t_2", "t_3"):
        database.execute(f"create schema {schema}; create table {schema}.orders (id int, account_id int)")
        database.execute(f"create table {schema}.users (id int, account_id int)")
    catalog = look(database.dsn)
    assert t.tenancy_of(catalog) is None
    assert t.tenancy_of(catalog, t.TenancyAt(tenant_column="account_id")) is not None


@pytest.mark.pg(">= 18")
def test_a_composite_key_proves_the_tenant_unless_a_column_of_it_may_be_null(database: Database) -> None:
    database.execute(SHOP)
    database.execute(
        "alter table shop.users add order_id bigint, add foreign key (tenant_id, order_id) "
        "references shop.orders (tenant_id, id)"
    )
    catalog = look(database.dsn)
    found = t.tenancy_of(catalog)
    assert found is not None
    proved = {(key.referencing.name, len(key.row.columns)): t.proves_tenant(found, key) for key in catalog.foreign_keys}
    assert proved == {
        ("orders", 1): True,
        ("users", 1): True,
        ("lines", 2): True,
        ("users", 2): False,
        ("parts", 1): False,
        ("screws", 1): False,
    }


@pytest.mark.pg(">= 18")
def test_the_tenants_condition_is_the_one_that_most_policies_have(database: Database) -> None:
    database.execute(SHOP)
    catalog = look(database.dsn)
    found = t.tenancy_of(catalog)
    assert found is not None
    assert tenant_condition(catalog, found) == "(tenant_id = (current_setting('app.tenant'::text, true))::bigint)"


@pytest.mark.parametrize(
    ("condition", "is_open"),
    [
        ("is_shared", True),
        ("true", True),
        ("tenant_id = tenant_id", True),
        ("tenant_id = f() or status = 'published'", True),
        ("is_shared and status = 'published'", True),
        ("is_shared and tenant_id = f()", False),
        ("owner = current_user", False),
        ("tenant_id in (select m.tenant_id from members as m)", False),
        ("false", False),
        ("tenant_id = current_setting('app.tenant')::bigint", False),
    ],
)
def test_a_condition_is_open_when_no_session_makes_a_difference_to_it(condition: str, *, is_open: bool) -> None:
    assert (open_branch(parse_expression(condition)) is not None) is is_open


@pytest.mark.pg(">= 18")
def test_roles_that_are_configured_as_the_applications_count_as_named(database: Database) -> None:
    database.execute("create role story_named_group nologin")
    try:
        catalog = look(database.dsn)
        assert not exposure_of(catalog, ExposureAt()).is_named(["story_named_group"])
        configured = catalog.within(Scope(application_roles=("story_named_group",)))
        assert exposure_of(configured, ExposureAt()).is_named(["story_named_group"])
    finally:
        database.execute("drop role story_named_group")


def test_the_configuration_of_tenants_reaches_the_scope() -> None:
    configuration = Configuration(tenancy=Tenancy(column="school_id", schema_pattern="school_*"))
    scope = scope_of(configuration, None, None, None, None, None)
    assert (scope.tenant_column, scope.tenant_schema_pattern) == ("school_id", "school_*")
