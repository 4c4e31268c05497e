"""What an extension of the script may bring is not called missing, and what it certainly does not bring is."""

from datetime import date

import pytest

from migrations_safety.effects.builtin import builtin_catalog
from migrations_safety.effects.extensions import EXTENSIONS_WITHOUT_RELATIONS
from migrations_safety.script.model import ScriptText
from pgaudit.migrations.gate import GateRun, gate_scripts
from probes.catalog.rows import PgClass, PgIndex
from tests.servers import Database

MADE = """
select c.relname::text from pg_catalog.pg_depend as d
join pg_catalog.pg_class as c on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = d.objid
where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.deptype = 'e' and c.relkind <> 'c'
union all
select n.nspname::text from pg_catalog.pg_depend as d
join pg_catalog.pg_namespace as n on d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and n.oid = d.objid
where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.deptype = 'e'
"""
USES = [
    "alter table spatial_ref_sys add column note text",
    "insert into spatial_ref_sys values (1)",
    "grant select on spatial_ref_sys to public",
    "create view places as select * from spatial_ref_sys",
    "create index on spatial_ref_sys (srid)",
    "drop table spatial_ref_sys",
    "comment on table topology.layer is 'x'",
    "create table topology.mine (id int)",
    "alter table topology.layer owner to current_user",
    "create table places (at geometry(point, 4326))",
    "comment on type geometry is 'x'",
    "alter type geometry owner to current_user",
    "alter function st_area(geometry) cost 100",
    "grant execute on function st_area(geometry) to public",
    "create table a (id int default st_srid('x'))",
    "reindex schema topology",
]
"""Statements on what PostGIS makes: no server at hand has it."""


@pytest.mark.pg("!=14,!=15,!=16,!=17")
def test_extensions_that_are_said_to_make_no_relation_make_none(database: Database) -> None:
    with database.connect() as connection:
        listed = connection.execute("select name::text from pg_catalog.pg_available_extensions").fetchall()
        at_hand = EXTENSIONS_WITHOUT_RELATIONS & {name for (name,) in listed}
        assert at_hand
        for name in sorted(at_hand):
            connection.execute(f'create extension if not exists "{name}" cascade'.encode())
        assert connection.execute(MADE.encode()).fetchall() == []


@pytest.mark.parametrize("statement", USES)
def test_what_an_extension_of_the_script_may_bring_is_not_called_missing(statement: str) -> None:
    assert refusals(judged(statement))
    run = judged(f"create extension postgis; {statement}")
    assert not refusals(run)
    assert run.after is not None
    known = {row.oid for row in run.after.rows(PgClass)}
    assert "spatial_ref_sys" not in {row.name for row in run.after.rows(PgClass)}
    assert {row.relation for row in run.after.rows(PgIndex)} <= known


def test_it_is_said_which_extension_may_bring_it() -> None:
    run = judged("create extension postgis; alter table spatial_ref_sys add column note text")
    (found,) = (one for one in run.findings if one.rule == "opaque" and one.statement == 1)
    assert "spatial_ref_sys" in found.message
    assert "extension postgis" in found.message


def test_a_missing_table_is_missing_behind_an_extension_that_makes_none() -> None:
    assert refusals(judged("create extension pg_trgm; alter table spatial_ref_sys add column note text"))


def judged(sql: str) -> GateRun:
    return gate_scripts(
        [ScriptText(file="a.sql", content=sql.encode())], builtin_catalog(18), 18, today=date(2026, 1, 1)
    )


def refusals(run: GateRun) -> list[str]:
    return [one.message for one in run.findings if one.rule == "refused-by-server"]
