"""Expressions judged against what real servers make of them."""

from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probes.sql.expressions import model as m
from probes.sql.expressions.build import parse_expression
from probes.sql.expressions.canonical import canonical, canonical_text
from probes.sql.expressions.implication import implies, proves_not_null
from probes.sql.expressions.inspection import Volatility, call_sites, columns, subqueries, volatility
from probes.sql.expressions.truth import Outcomes, truth
from tests.conftest import ServerPool
from tests.servers import MAJORS, Database, fresh_database

# a and p may be null, b and q may not.
ATOMS = st.sampled_from(
    ["true", "false", "null::boolean", "p", "q", "1 = 1", "1 = 2", "2 < 3", "'x' = 'x'", "a = a", "b = b", "a <> a",
     "b >= b", "a is null", "a is not null", "b is not null", "p is null", "a = 1", "a <> 1", "a > 1", "a <= 1",
     "b between 1 and 2", "a in (1, 2)", "a not in (1, 2)", "1 in (1, 2)", "3 in (1, 2)", "null in (1, 2)",
     "a is distinct from a", "a is distinct from b", "coalesce(p, true)", "coalesce(a, 1) is null", "coalesce(q, p)",
     "case when p then q else true end", "case when true then p end", "case a when 1 then true end", "p is true",
     "q is not unknown", "(a = a) is not false", "(select true)", "(select p)", "exists (select 1)", "'t'::boolean",
     "a = any (array[1, 2])", "a <> all (array[1, 2])", "a = any (array[]::int[])", "(1, a) is null", "not p",
     "p = true", "p = q", "(a is null) = (a is null)", "nullif(p, q)", "a = null", "greatest(a, b) = 1"]
)  # fmt: skip


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, inner).map("({0[0]} and {0[1]})".format),
        st.tuples(inner, inner).map("({0[0]} or {0[1]})".format),
        inner.map("(not {})".format),
        inner.map("coalesce({}, false)".format),
    )


CONDITIONS = st.recursive(ATOMS, combined, max_leaves=6)
ON_A_DATABASE = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
_OUTCOME = {True: Outcomes.TRUE, False: Outcomes.FALSE, None: Outcomes.NULL}


@pytest.fixture
def rows(database: Database) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection to a table r with every combination of values."""
    with database.connect() as connection:
        connection.execute(
            "create table r as select a, b, p, q from unnest(array[1, 2, 3, null]) a, unnest(array[1, 2, 3]) b,"
            " unnest(array[true, false, null]) p, unnest(array[true, false]) q"
        )
        yield connection


@pytest.mark.pg("== 13")
@ON_A_DATABASE
@given(condition=CONDITIONS)
def test_no_row_has_an_outcome_that_was_ruled_out(rows: psycopg.Connection[tuple[object, ...]], condition: str) -> None:
    found = rows.execute(f"select distinct ({condition}) from r".encode()).fetchall()
    predicted = truth(parse_expression(condition), not_null=frozenset({"b", "q"}))
    for (outcome,) in found:
        assert _OUTCOME[outcome] & predicted, (condition, outcome, predicted)  # type: ignore[index]


@pytest.mark.parametrize(
    "condition",
    ["true", "1=1", "2 = 2", "true or x", "id = id", "id is not null", "not false", "not not true", "coalesce(true, x)",
     "(select true)", "exists (select 1)", "a is null or a is not null", "id = 1 or id <> 1", "'t'::bool",
     "(x and false) or true", "1 in (1, 2)", "case when true then true else x end",
     "(a = 1) is null or (a = 1) is not null"],
)  # fmt: skip
def test_condition_that_lets_every_row_pass_is_recognised(condition: str) -> None:
    assert truth(parse_expression(condition), not_null=frozenset({"id"})).always_true


@pytest.mark.parametrize(
    "condition", ["x", "a = a", "f() = f()", "a = 1", "true and x", "random() < 2", "(select x)", ")("]
)
def test_condition_that_may_reject_a_row_is_not_called_true(condition: str) -> None:
    assert not truth(parse_expression(condition)).always_true


STORED_CHECK = (
    "select pg_get_expr(conbin, conrelid) from pg_constraint where conrelid = 't'::regclass and contype = 'c'"
)


def text_of(connection: psycopg.Connection[tuple[object, ...]], query: str) -> str:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return str(row[0])


WRITTEN = [
    "status in ('a', 'b')", "a in (1)", "a not in (1, 2)", "a between 1 and 5", "not (a is null)", "a = -1",
    "a is not distinct from 5", "coalesce(a, 0) > 1 and (status = 'x' or status like 'y%')", "length(status) > 3",
    "extract(year from d) = 2020", "d at time zone 'UTC' > '2020-01-01'", "substring(status from 1 for 2) = 'ab'",
    "trim(status) <> ''", "position('a' in status) > 0", "status = current_user", "a = any (array[1, 2, 3])",
    "status similar to 'a%'", "case when a > 1 then true else false end", "(a, 1) = (2, 3)", "a::text = '5'",
    "n > 1.5", "d > '2020-01-01'::timestamptz", "a % 2 = 0", "lower(status) = 'x'", "a > 1 or not flag", "l[1] = 1",
]  # fmt: skip


def stored_text(database: Database, written: str) -> str:
    with database.connect() as connection:
        connection.execute("drop table if exists t")
        connection.execute("create table t (a int, status varchar(9), d timestamptz, n numeric, flag bool, l int[])")
        connection.execute(f"alter table t add constraint c check ({written})".encode())
        return text_of(connection, STORED_CHECK)


def test_text_deparsed_by_every_major_has_one_canonical_form(server_pool: ServerPool) -> None:
    found: dict[str, set[str]] = {written: set() for written in WRITTEN}
    for major in MAJORS:
        with fresh_database(server_pool.get(major)) as database:
            for written in WRITTEN:
                found[written].add(canonical_text(stored_text(database, written)))
    assert {written: texts for written, texts in found.items() if len(texts) > 1} == {}


# What only the server knows: the type an untyped constant takes, the session's time zone.
TYPED_BY_THE_SERVER = {"d at time zone 'UTC' > '2020-01-01'", "d > '2020-01-01'::timestamptz"}


@pytest.mark.parametrize("written", sorted(set(WRITTEN) - TYPED_BY_THE_SERVER))
def test_stored_condition_has_the_canonical_form_of_the_written_one(database: Database, written: str) -> None:
    assert canonical_text(stored_text(database, written)) == canonical_text(written)


CHECKS = st.recursive(
    st.sampled_from(
        ["a is not null", "b is not null", "a > 0", "a = 1", "a is null", "not (a is null)", "b = 1", "a in (1, 2)",
         "true", "coalesce(a, 0) > 0", "a is distinct from null", "p", "p is not null", "(a > 0) is not null",
         "a + 1 is not null", "a is not null is true", "not (a is null or b = 2)", "a <> 5"]
    ),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("({0[0]} and {0[1]})".format),
        st.tuples(inner, inner).map("({0[0]} or {0[1]})".format),
        inner.map("(not {})".format),
    ),
    max_leaves=5,
)  # fmt: skip


def server_proves_not_null(database: Database, checks: list[str]) -> bool:
    """Whether SET NOT NULL says that it need not scan."""
    said: list[str] = []
    with database.connect() as connection:
        connection.add_notice_handler(lambda diagnostic: said.append(diagnostic.message_primary or ""))
        connection.execute("drop table if exists t")
        connection.execute("create table t (a int, b int, p boolean)")
        for check in checks:
            connection.execute(f"alter table t add check ({check})".encode())
        connection.execute("set client_min_messages = debug1")
        connection.execute("alter table t alter column a set not null")
    return any("existing constraints on column" in each and "sufficient to prove" in each for each in said)


NOT_NULL_CASES = [
    ["a is not null"], ["a is not null and a > 0"], ["a > 0"], ["not (a is null)"], ["b is not null"], ["a = 1"],
    ["(a is not null and b = 1) or (a is not null and b = 2)"], ["a is not null or b is not null"],
    ["b = 1", "a is not null"],
    ["coalesce(a, 0) > 0"], ["a is not null or false"], ["not (a is null or b = 2)"], ["a in (1, 2)"],
    ["(a is not null) is true"],
    ["a is distinct from null"], ["case when true then a is not null end"],
]  # fmt: skip


@pytest.mark.parametrize("checks", NOT_NULL_CASES, ids="; ".join)
def test_set_not_null_is_proved_where_the_server_proves_it(database: Database, checks: list[str]) -> None:
    assert proves_not_null(map(parse_expression, checks), "a") == server_proves_not_null(database, checks)


@pytest.mark.pg("== 18")
@ON_A_DATABASE
@given(check=CHECKS)
def test_set_not_null_proof_is_never_more_generous_than_the_server(database: Database, check: str) -> None:
    if proves_not_null([parse_expression(check)], "a"):
        assert server_proves_not_null(database, [check])


FILTERS = [
    ("a > 5", "a > 3"), ("a > 3", "a > 5"), ("a > 5", "a is not null"), ("a = 1", "a in (1, 2)"),
    ("a in (1, 2)", "a > 0"),
    ("a in (1, 2)", "a in (1, 2, 3)"), ("a in (1, 4)", "a in (1, 2, 3)"), ("a between 3 and 4", "a >= 3 and a < 5"),
    ("a is null", "a is not null"), ("b = 1 and a = 2", "a = 2"), ("a = 2", "b = 1 or a = 2"),
    ("a = 1 or a = 2", "a < 3"),
    ("p", "p = true"), ("not p", "p = false"), ("p", "p is not null"), ("a + b > 1", "b is not null"),
    ("a <> 1", "a is not null"),
    ("s = 'x'", "s is not null"), ("s = 'x'", "s = 'x'"), ("s like 'x%'", "s is not null"), ("a < 5", "a <= 5"),
    ("a = b", "b = a"), ("a > b", "b < a"), ("a not in (1, 2)", "a <> 1"), ("a = 3", "a <> 4"), ("n > 2.5", "n > 2"),
    ("d >= '2020-02-01'", "d >= '2020-01-01'"), ("d >= '2020-01-01'", "d is not null"), ("5 < a", "a > 5"),
]  # fmt: skip


@pytest.mark.pg("== 13")
@pytest.mark.parametrize(("filtering", "predicate"), FILTERS)
def test_partial_index_is_usable_where_the_server_uses_it(database: Database, filtering: str, predicate: str) -> None:
    with database.connect() as connection:
        connection.execute("create table t (a int, b int, p boolean, s text, n numeric, d date)")
        connection.execute(f"create index i on t ((1)) where {predicate}".encode())
        connection.execute("set enable_seqscan = off")
        stored = text_of(
            connection, "select pg_get_expr(indpred, indrelid) from pg_index where indrelid = 't'::regclass"
        )
        plan = connection.execute(f"explain select 1 from t where {filtering} order by (1)".encode()).fetchall()
        connection.execute(f"alter table t add constraint c check ({filtering})".encode())
        premise = text_of(connection, STORED_CHECK)
    is_used = any("Index" in line for (line,) in plan)
    assert implies([parse_expression(premise)], parse_expression(stored)) == is_used


def test_columns_and_calls_tell_a_call_that_runs_once_from_one_that_runs_per_row() -> None:
    expression = parse_expression(
        "(select auth.uid()) = owner_id and f(t.x) and y in (select m.z from m where m.u = outer_t.v and g())"
    )
    assert columns(expression) == {"owner_id", "x", "y"}
    assert {(".".join(site.call.name), site.runs_once) for site in call_sites(expression)} == {
        ("auth.uid", True), ("f", False), ("g", False),
    }  # fmt: skip
    assert [each.correlation for each in subqueries(expression)] == [m.Correlation.NO, m.Correlation.YES]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + a", Volatility.IMMUTABLE), ("now()", Volatility.STABLE), ("current_user", Volatility.STABLE),
        ("coalesce(a, random())", Volatility.VOLATILE), ("mystery(a)", None),
        ("mystery(random())", Volatility.VOLATILE),
        ("(select random())", Volatility.VOLATILE), ("f(((", None),
    ],
)  # fmt: skip
def test_volatility_is_the_worst_of_what_is_called(text: str, expected: Volatility | None) -> None:
    known: dict[tuple[str, ...], Volatility] = {("now",): Volatility.STABLE, ("random",): Volatility.VOLATILE}
    assert volatility(parse_expression(text), lambda name, _count: known.get(name)) is expected


WORDS = st.sampled_from([*"()'\"$;,.*:[]a1= ", "not", "and", "or", "null", "case", "when", "end", "select", "in"])


@given(st.one_of(st.text(max_size=40), CONDITIONS, st.lists(WORDS, max_size=15).map(" ".join)))
def test_any_text_is_understood_or_unknown(text: str) -> None:
    expression = parse_expression(text)
    assert isinstance(truth(expression), Outcomes)
    assert canonical(canonical(expression)) == canonical(expression)
    assert isinstance(canonical_text(text), str)
    assert isinstance(columns(expression), frozenset)
    assert isinstance(volatility(expression, lambda _name, _count: None), Volatility | None)
    assert implies([expression], expression)
