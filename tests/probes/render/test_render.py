"""Collecting from what was built of a rendered catalog gives the catalog again."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from probes.render.render import render
from tests.migrations_safety.oracle import load_worlds
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


WORLD = """
create table p (id integer primary key, note text, code varchar(10) unique);
create table t (id integer primary key, a integer references p, b text not null default 'x', c varchar(10), d numeric);
create table parts (id integer, at date) partition by range (at);
create table part_1 partition of parts for values from ('2024-01-01') to ('2025-01-01');
create view v as select id, a from t;
create function f(integer) returns integer language sql immutable as 'select 1';
create function g() returns trigger language plpgsql as 'begin return new; end';
create type mood as enum ('sad', 'happy');
create schema other;
"""
STATEMENTS = (
    "alter table t add x integer default 5 check (x > 0)",
    "alter table t drop column c",
    "alter table t rename column b to bb",
    "alter table t alter column d type integer using 1",
    "alter table t alter column a set not null",
    "alter table t alter column b drop not null",
    "alter table t alter column d set default f(3)",
    "alter table t add y integer generated always as (f(id)) stored",
    "alter table t add z bigint generated by default as identity",
    "alter table t add constraint big check (id > 10) not valid",
    "alter table t validate constraint big",
    "alter table t add constraint same unique (a, d) deferrable",
    "alter table t add constraint apart exclude using btree (d with =)",
    "alter table t add foreign key (id) references p (id) on delete cascade not valid",
    "alter table t drop constraint t_pkey",
    "alter table t rename to tt",
    "alter table t set schema other",
    "alter table t set (fillfactor = 50)",
    "alter table t set unlogged",
    "alter table t enable row level security",
    "alter table t replica identity full",
    "alter table t alter column b set storage external",
    "alter table t alter column b set statistics 77",
    "create index on t (lower(b), (a + 1) desc) where a > 3",
    "create index on t using hash (a)",
    "create unique index once on t (a) include (d)",
    "create index on parts (at)",
    "create table part_2 partition of parts for values from ('2025-01-01') to ('2026-01-01')",
    "create table part_d partition of parts default",
    "alter table parts detach partition part_1",
    "alter table parts add primary key (id, at)",
    "alter table parts add check (id > 0)",
    "create table heir (extra mood) inherits (p)",
    "create table copied (like t including all)",
    "create table mine as select id, b from t",
    "create view w as select v.id, p.note from v join p on p.id = v.a where f(v.id) > 0",
    "create materialized view m as select id, count(*) as many from p group by id",
    "create index on m (many)",
    "create or replace view v as select id, a, 1 as one from t",
    "drop view v cascade",
    "create trigger touch before update of a on t for each row when (old.b = 'x') execute function g()",
    "alter table t disable trigger touch",
    "create trigger each after insert on parts for each row execute function g()",
    "create rule quiet as on delete to t do instead nothing",
    "create rule beside as on update to p where new.id > 3 do also insert into t values (new.id)",
    "create policy own on t using (a = 1) with check (b <> 'y')",
    "create statistics s on a, d from t",
    "create publication pub for table t",
    "create domain short as varchar(5) check (value <> '') not null",
    "alter table t add word short",
    "create type pair as (one integer, two mood)",
    "alter table t add pairs pair[]",
    "create sequence counter increment by 5 owned by t.id",
    "alter table t alter column id set default nextval('counter')",
    "comment on column t.a is 'a word'",
    "comment on table parts is 'parts'",
    "grant select (id), insert on t to public",
    "revoke execute on function f(integer) from public",
    "alter function f(integer) security definer set search_path = other, pg_temp",
    "create function of_row(t) returns setof p language sql stable as 'select * from p'",
    "create procedure proc(inout n integer) language plpgsql as 'begin end'",
    "alter default privileges in schema other grant select on tables to public",
    "drop table p cascade",
    "cluster t using t_pkey",
)


@pytest.mark.pg("!= 14, != 15, != 16, != 17")
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # making an example smaller would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(script=st.lists(st.sampled_from(STATEMENTS), min_size=15, max_size=40))
def test_whatever_statements_leave_is_rebuilt(server: Server, script: list[str]) -> None:
    with fresh_database(server) as source, fresh_database(server) as target:
        source.execute(WORLD)
        with source.connect() as connection:
            for statement in script:
                try:
                    connection.execute(statement.encode())
                except psycopg.Error:
                    continue
        rendered, differing = law(source, target)
        gone = [one.object.name for one in rendered.unrendered]
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
