"""The catalog that a simulated statement leaves equals the one collected after a server executed it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrations_safety.effects.builtin import builtin_catalog
from migrations_safety.simulate import Simulation, simulate
from probes.catalog.catalog import Catalog
from probes.sql.parse import Parsed, ParseFailure, parse_statement
from tests.migrations_safety import simulation
from tests.migrations_safety.facts import facts
from tests.migrations_safety.oracle import MAJORS, load_cases

WORLDS = frozenset({"rows", "partitioned_default_fk_out"})
WHOLE = (MAJORS[0], MAJORS[-1])
"""The majors on which all of their cases are tried; of those between each tries a quarter, every time the same."""


def parsed(sql: str) -> Parsed:
    """Give one statement."""
    found = parse_statement(sql)
    assert not isinstance(found, ParseFailure), found
    return found


def after(*statements: str, major: int = 16) -> Simulation:
    """Give a simulation in which these statements have been executed."""
    made = Simulation(builtin_catalog(major), major)
    for statement in statements:
        made.apply(parsed(statement))
    return made


def test_simulated_catalogs_equal_collected_ones(pg_major: int) -> None:
    every = 1 if pg_major in WHOLE else 4
    cases = [case for case in load_cases() if case.world.name in WORLDS and pg_major in case.majors]
    report = simulation.compare(pg_major, cases[pg_major % every :: every])
    assert report.total > 500 // every
    assert report.found == {}


@pytest.mark.pg(">= 14")
def test_a_partition_detached_concurrently_keeps_its_bound_as_the_servers_check(pg_major: int) -> None:
    cases = [case for case in load_cases() if case.name.startswith("concurrent/detach") and pg_major in case.majors]
    report = simulation.compare_alone(pg_major, cases)
    assert report.total > 10
    assert report.found == {}


def test_created_table_is_known_to_what_follows() -> None:
    made = after("create table t (id int primary key)", "create index i on t (id)")
    assert made.apply(parsed("drop index nothing")).refusal is not None
    assert made.apply(parsed("drop index i")).refusal is None


def test_refused_statement_leaves_the_catalog_as_it_was() -> None:
    made = after("create table t (id int primary key)", "create view v as select id from t")
    before = facts(made.catalog())
    found = made.apply(parsed("drop table t"))
    assert found.refusal is not None
    assert found.refusal.sqlstate == "2BP01"
    assert facts(made.catalog()) == before


def test_rollback_takes_back_what_the_transaction_did() -> None:
    made = after("create table t (id int)")
    before = facts(made.catalog())
    made.begin()
    made.apply(parsed("alter table t add x int default 5 check (x > 0)"))
    made.apply(parsed("set search_path = other"))
    made.rollback()
    assert facts(made.catalog()) == before
    assert made.apply(parsed("alter table t add y int")).refusal is None


def test_rollback_to_keeps_the_savepoint() -> None:
    made = after("create table t (id int)")
    made.begin()
    made.savepoint("one")
    for _ in range(2):
        made.apply(parsed("alter table t add x int"))
        made.rollback_to("one")
    made.commit()
    assert made.apply(parsed("alter table t add x int")).refusal is None


def test_names_follow_the_search_path() -> None:
    made = after("create schema app", "create table public.t (id int)", "create table app.t (id int)")
    made.apply(parsed("set search_path = app, public"))
    (lock,) = made.apply(parsed("alter table t add x int")).locks
    assert lock.relation.qualified_name == "app.t"


def test_simulate_gives_another_catalog_and_leaves_the_first_alone() -> None:
    catalog: Catalog = builtin_catalog(16)
    later = simulate(catalog, parsed("create table t (id int)"), 16)
    assert later.relation_named("public", "t") is not None
    assert catalog.relation_named("public", "t") is None


STATEMENTS = sorted({statement for case in load_cases() for statement in case.statements})


@pytest.mark.parametrize("major", [MAJORS[0], MAJORS[-1]])
@given(script=st.lists(st.sampled_from(STATEMENTS), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_any_sequence_can_be_taken_back(major: int, script: list[str]) -> None:
    made = after(
        "create table p (id int primary key, k int unique, n text)",
        "create table t (id int primary key, a int references p, b text, c varchar(10), d numeric(10, 2))",
        "create view v as select id, a from t",
        major=major,
    )
    before = facts(made.catalog())
    made.begin()
    for sql in script:
        statement = parse_statement(sql)
        if not isinstance(statement, ParseFailure):
            made.apply(statement)
    made.rollback()
    assert facts(made.catalog()) == before
