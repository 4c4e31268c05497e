"""The columns of views and tables made of queries are those that servers give them."""

import pytest

from migrations_safety.effects.predict import apply
from migrations_safety.effects.world import World
from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgAttribute, PgClass
from probes.sql.parse import ParseFailure, parse_statement
from tests.migrations_safety.oracle import MAJORS, load_worlds
from tests.migrations_safety.worlds import catalogs
from tests.servers import Database

QUERIES = {
    "star": "select * from t",
    "some": "select id, a as other, b from t",
    "qualified": "select t.id, p.n from t join p on p.id = t.a",
    "both stars": "select t.id as x, p.* from t, p",
    "constant": "select 1 as one, 'x'::text as two, null::date as three, true as four, 1.5 as five",
    "cast": "select id::bigint, a::text, c::varchar(3) from t",
    "unnamed": "select 1::int, 2::text, true as b",
    "union": "select id from t union all select id from p",
    "sub-select": "select s.id, s.z from (select id, a as z from t) as s",
    "common table": "with x as (select id, b from t) select * from x",
    "renamed common table": "with x (one, two) as (select id, b from t) select two, one from x",
    "count": "select count(*) from t",
    "values": "values (1, 'a'::text)",
    "case": "select case when a > 1 then 2 end, coalesce(a, 0) from t",
}
TYPES = """
select a.attname, a.atttypid::int8, a.atttypmod
from pg_catalog.pg_attribute as a
where a.attrelid = 'made'::regclass and a.attnum > 0
order by a.attnum
"""


def base(major: int) -> Catalog:
    return catalogs(major, ["rows"])["rows"]


@pytest.mark.pg(">= 17")
@pytest.mark.parametrize("name", QUERIES)
def test_columns_of_a_view_have_the_names_and_types_the_server_gives(
    database: Database, pg_major: int, name: str
) -> None:
    statement = f"create view made as {QUERIES[name]}"
    database.execute(load_worlds()["rows"].sql)
    world = World(base(pg_major), pg_major)
    parsed = parse_statement(statement)
    assert not isinstance(parsed, ParseFailure)
    apply(world, parsed)
    made = world.where(PgClass, "name", "made")[0]
    columns = sorted(world.where(PgAttribute, "relation", made.oid), key=lambda column: column.number)
    with database.connect() as connection:
        connection.execute(statement.encode())
        real = connection.execute(TYPES).fetchall()
    assert [column.name for column in columns] == [row[0] for row in real]
    for column, (_, type_oid, typmod) in zip(columns, real, strict=True):
        assert column.type == 0 or (column.type, column.typmod) == (type_oid, typmod)


@pytest.mark.parametrize("name", ["star", "some", "qualified", "cast", "union", "common table", "count"])
def test_plain_columns_are_resolved(name: str) -> None:
    world = World(base(MAJORS[-1]), MAJORS[-1])
    parsed = parse_statement(f"create table made as {QUERIES[name]}")
    assert not isinstance(parsed, ParseFailure)
    apply(world, parsed)
    made = world.where(PgClass, "name", "made")[0]
    assert all(column.type for column in world.where(PgAttribute, "relation", made.oid))
