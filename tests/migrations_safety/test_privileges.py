"""GRANT, REVOKE and new owners, simulated, give the lists of privileges that servers give."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrations_safety.effects.predict import apply
from migrations_safety.effects.world import World
from probes.catalog.rows import PgAttribute, PgClass, PgNamespace, PgProc
from probes.sql.parse import ParseFailure, parse_statement
from tests.migrations_safety.worlds import collected
from tests.servers import Server, fresh_database

ROLES = ("acl_one", 'acl "two"')
MADE = """
create table t (id int primary key, a int, b text);
create sequence sq;
create function f(int) returns int language sql as 'select 1';
create schema other
"""
LISTS = """
select c.relname, c.relacl::text[] from pg_catalog.pg_class as c where c.relname in ('t', 'sq')
union all
select 't.' || a.attname, a.attacl::text[]
from pg_catalog.pg_attribute as a
where a.attrelid = 't'::regclass and a.attnum > 0
union all
select p.proname || '()', p.proacl::text[] from pg_catalog.pg_proc as p where p.proname = 'f'
union all
select n.nspname || '.', n.nspacl::text[] from pg_catalog.pg_namespace as n where n.nspname = 'other'
"""

grantees = st.sampled_from(["acl_one", '"acl ""two"""', "public"])
on_tables = st.sampled_from(["select", "insert, update", "all", "select (a)", "update (a, b)", "delete, truncate"])
objects = st.one_of(
    st.tuples(on_tables, st.just("t")),
    st.tuples(st.sampled_from(["usage", "all", "select, update"]), st.just("sequence sq")),
    st.tuples(st.sampled_from(["execute", "all"]), st.just("function f(int)")),
    st.tuples(st.sampled_from(["usage", "create", "all"]), st.just("schema other")),
)


@st.composite
def privilege_statements(draw: st.DrawFn) -> str:
    """Give GRANT, REVOKE or OWNER TO."""
    privileges, named = draw(objects)
    who = draw(grantees)
    match draw(st.integers(0, 5)):
        case 0 | 1:
            return f"grant {privileges} on {named} to {who}"
        case 2:
            return f"grant {privileges} on {named} to acl_one with grant option"
        case 3 | 4:
            return f"revoke {privileges} on {named} from {who}"
        case _:
            return draw(st.sampled_from(["alter table t owner to acl_one", "alter function f(int) owner to acl_one"]))


@pytest.fixture
def database_with_roles(server: Server) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    roles = [psycopg.sql.Identifier(role) for role in ROLES]
    with server.connect() as administrator:
        for role in roles:
            administrator.execute(psycopg.sql.SQL("create role {}").format(role))
    try:
        with fresh_database(server) as database, database.connect() as connection:
            connection.execute(MADE)
            yield connection
    finally:
        with server.connect() as administrator:
            for role in roles:
                administrator.execute(psycopg.sql.SQL("drop role {}").format(role))


def simulated_lists(world: World) -> dict[str, frozenset[str] | None]:
    """Give the lists of the world as LISTS gives those of a server."""
    lists: dict[str, tuple[str, ...] | None] = {}
    for row in world.store(PgClass).all():
        if row.name in {"t", "sq"}:
            lists[row.name] = row.acl
        if row.name == "t":
            columns = world.where(PgAttribute, "relation", row.oid)
            lists |= {f"t.{column.name}": column.acl for column in columns}
    lists |= {f"{row.name}()": row.acl for row in world.where(PgProc, "name", "f")}
    lists |= {f"{row.name}.": row.acl for row in world.where(PgNamespace, "name", "other")}
    return {name: None if acl is None else frozenset(acl) for name, acl in lists.items()}


@pytest.mark.pg(">= 16")
def test_privileges_after_any_statements_are_those_of_the_server(
    database_with_roles: psycopg.Connection[tuple[Any, ...]], pg_major: int
) -> None:
    connection = database_with_roles
    base = collected(connection.info.dsn)

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(privilege_statements(), min_size=1, max_size=6))
    def holds(statements: list[str]) -> None:
        world = World(base, pg_major)
        connection.execute("begin")
        try:
            for statement in statements:
                connection.execute(statement.encode())
                parsed = parse_statement(statement)
                assert not isinstance(parsed, ParseFailure)
                assert apply(world, parsed).refusal is None
            real = {name: None if acl is None else frozenset(acl) for name, acl in connection.execute(LISTS).fetchall()}
        finally:
            connection.execute("rollback")
        assert simulated_lists(world) == real

    holds()


def test_default_privileges_reach_what_is_made_afterwards(
    database_with_roles: psycopg.Connection[tuple[Any, ...]], pg_major: int
) -> None:
    connection = database_with_roles
    world = World(collected(connection.info.dsn), pg_major)
    for statement in (
        "alter default privileges in schema public grant select on tables to acl_one",
        "alter default privileges revoke execute on functions from public",
        "create table later (id int)",
        "create function later() returns int language sql as 'select 1'",
    ):
        connection.execute(statement)
        parsed = parse_statement(statement)
        assert not isinstance(parsed, ParseFailure)
        apply(world, parsed)
    table = connection.execute("select relacl::text[] from pg_catalog.pg_class where relname = 'later'").fetchone()
    function = connection.execute("select proacl::text[] from pg_catalog.pg_proc where proname = 'later'").fetchone()
    assert table is not None
    assert function is not None
    assert set(world.where(PgClass, "name", "later")[0].acl or ()) == set(table[0])
    assert set(world.where(PgProc, "name", "later")[0].acl or ()) == set(function[0])
