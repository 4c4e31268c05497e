"""Collecting from what was built of a rendered catalog gives the catalog again."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probes.render.render import render
from tests.migrations_safety.oracle import load_cases, load_worlds
from tests.probes.collect.rich import create_rich_schema
from tests.probes.render.building import build, law, picture
from tests.servers import Database, Server, fresh_database

CYCLES = """
create table a (id integer primary key, b_id integer);
create table b (id integer primary key, a_id integer references a);
alter table a add foreign key (b_id) references b;
create function next_number() returns integer language sql as 'select 1';
create table numbered (n integer default next_number());
create function of_row(numbered) returns integer language sql immutable as 'select 1';
create table derived (id integer, one integer generated always as (id + 1) stored);
create view v as select of_row(rows) as one from numbered as rows;
create function of_view(v) returns integer language sql as 'select 1';
create view w as select of_view(all_of) as two, all_of.one from v as all_of;
"""
SHAPES = """
create schema legacy;
create domain year as integer constraint year_check check (value >= 1901 and value <= 2155);
create type mpaa_rating as enum ('G', 'PG', 'PG-13', 'R', 'NC-17');
create function last_updated() returns trigger language plpgsql as 'begin new.last_update = now(); return new; end';
create function last_day(timestamptz) returns date language sql immutable strict as 'select current_date';
create sequence customer_customer_id_seq;
create table customer (
    customer_id integer default nextval('customer_customer_id_seq'::regclass) primary key,
    email text, activebool boolean default true not null, create_date date default current_date not null,
    dropped_once integer, last_update timestamptz default now()
);
alter sequence customer_customer_id_seq owned by customer.customer_id;
alter table customer drop column dropped_once;
create trigger last_updated before update on customer for each row execute function last_updated();
create table film (
    film_id serial primary key, title text not null, release_year year, rating mpaa_rating default 'G',
    special_features text[], fulltext tsvector not null
);
create index film_fulltext_idx on film using gist (fulltext);
create table payment (
    payment_id serial, customer_id integer not null, amount numeric(5, 2) not null, payment_date timestamptz not null,
    primary key (payment_date, payment_id)
) partition by range (payment_date);
create table payment_p1 partition of payment for values from ('2022-01-01') to ('2022-02-01');
create table payment_p2 (payment_date timestamptz not null, gone text, customer_id integer not null,
    amount numeric(5, 2) not null, payment_id integer not null);
alter table payment_p2 drop column gone;
alter table payment attach partition payment_p2 for values from ('2022-02-01') to ('2022-03-01');
create index payment_customer on payment (customer_id);
alter table payment_p1 add constraint odd_name foreign key (customer_id) references customer;
alter table payment add foreign key (customer_id) references customer;
alter table payment add constraint paid check (amount >= 0);
create index on payment_p1 (amount);
create view customer_list as
    select c.customer_id as id, c.email, count(p.*) as payments from customer c left join payment p using (customer_id)
    group by c.customer_id;
create materialized view rental_by_category as select sum(amount) as total from payment;
create table legacy.base (id integer primary key, note text);
create table legacy.heir (extra text, check (extra <> '')) inherits (legacy.base);
alter table legacy.base add column late integer not null default 1 check (late > 0);
create rule redirect as on insert to legacy.base where new.id > 5 do instead nothing;
"""


@pytest.fixture
def pair(server: Server) -> Iterator[tuple[Database, Database]]:
    """Two empty databases."""
    with fresh_database(server) as one, fresh_database(server) as other:
        yield one, other


def test_rich_database_is_rebuilt_but_for_what_is_named(pair: tuple[Database, Database]) -> None:
    source, target = pair
    create_rich_schema(source)
    rendered, differing = law(source, target)
    assert [str(one.object) for one in rendered.unrendered] == ["app.total"]
    assert [line for line in differing if "('name', 'total')" not in line] == []


def test_empty_database_needs_no_object(pair: tuple[Database, Database]) -> None:
    rendered, differing = law(*pair)
    assert differing == []
    assert {statement.object.kind for statement in rendered.statements} <= {"schema", "comment"}


def test_circles_are_opened(pair: tuple[Database, Database]) -> None:
    source, target = pair
    source.execute(CYCLES)
    assert law(source, target)[1] == []


def test_shapes_of_sample_databases_are_rebuilt(pair: tuple[Database, Database]) -> None:
    source, target = pair
    source.execute(SHAPES)
    rendered, differing = law(source, target)
    assert rendered.unrendered == ()
    late = [line for line in differing if "legacy.heir" in line]
    assert differing == late, "only the heir of a table that got a column later differs"


WORLDS = [
    name
    for name in sorted(load_worlds())
    if name.startswith(("partitioned_default_fk", "partitioned_nest", "inherit", "target", "policied", "typed"))
]


@pytest.mark.pg(">= 18")
def test_worlds_of_the_oracle_are_rebuilt(server: Server) -> None:
    found: dict[str, list[str]] = {}
    for world in [load_worlds()[name] for name in WORLDS]:
        with fresh_database(server) as source, fresh_database(server) as target:
            source.execute(world.sql.partition("create temporary")[0])
            rendered, differing = law(source, target)
            if differing and not rendered.unrendered:
                found[world.name] = differing
    assert found == {}


ELSEWHERE = ("role", "subscription", "database", "system", "tablespace", "user", "group", "owned", "extension", "begin")
"""Words of statements that reach beyond the database."""
STATEMENTS = sorted(
    statement
    for statement in {statement for case in load_cases() for statement in case.statements}
    if not any(word in statement for word in ELSEWHERE)
)


@pytest.mark.pg("!= 14, != 15, != 16, != 17")
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=st.lists(st.sampled_from(STATEMENTS), min_size=8, max_size=30))
def test_whatever_statements_leave_is_rebuilt(server: Server, script: list[str]) -> None:
    with fresh_database(server) as source, fresh_database(server) as target:
        source.execute(load_worlds()["rows"].sql)
        with source.connect() as connection:
            for statement in script:
                try:
                    connection.execute(statement.encode())
                except psycopg.Error:
                    continue
        rendered, differing = law(source, target)
        gone = [str(one.object) for one in rendered.unrendered]
        assert [line for line in differing if not any(name in line for name in gone)] == []


def test_invalid_index_is_named_unless_it_may_be_marked(pair: tuple[Database, Database]) -> None:
    source, target = pair
    source.execute("create table t (a integer); insert into t values (1), (1)")
    with source.connect() as connection, pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute("create unique index concurrently half on t (a)")
    catalog = picture(source.dsn)
    plain = render(catalog)
    assert [(one.object.kind, one.object.name) for one in plain.unrendered] == [("index", "half")]
    assert law(source, target)[1] == []


def test_what_needs_a_missing_extension_is_named_and_the_rest_is_built(pair: tuple[Database, Database]) -> None:
    source, target = pair
    source.execute(
        "create extension citext; create table mails (address citext);"
        "create view readers as select address from mails;"
        "create table plain (id integer); create table files (id integer, path public.citext, unique (id))"
    )
    rendered = render(picture(source.dsn), available_extensions={})
    named = {(one.object.kind, str(one.object)) for one in rendered.unrendered}
    assert named >= {("extension", "citext"), ("table", "public.mails"), ("view", "public.readers")}
    assert ("constraint", "public.files.files_id_key") in named
    build(rendered, target)
    with target.connect() as connection:
        names = connection.execute("select relname from pg_class where oid >= 16384 and relkind = 'r'").fetchall()
    assert names == [("plain",)]


def test_no_statement_runs_text_of_the_database(pair: tuple[Database, Database]) -> None:
    source, target = pair
    evil = "x'; drop table public.kept; --"
    source.execute('create table "a""; drop table kept; --" (id integer)')
    source.execute(f'comment on table "a""; drop table kept; --" is \'{evil.replace(chr(39), chr(39) * 2)}\'')
    target.execute("create table public.kept (id integer)")
    build(render(picture(source.dsn), database=target.name), target)
    with target.connect() as connection:
        assert connection.execute("select to_regclass('public.kept') is not null").fetchone() == (True,)
