"""What pages say will break does break, after the unsafe examples and not after the safe ones."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from migrations_safety.judging import load_rule
from tests.migrations_safety.examples import NEWEST, Example, examples
from tests.migrations_safety.executing import messages, prepare
from tests.servers import Database, fresh_database, private_cluster

GONE = {"42703", "42P01", "42883", "42704", "3F000"}
"""A name that is not there."""
OLD_INSERT = ("insert into orders (id, note) values (7, 'x')",)
ROW = "insert into orders (id, note, total) values (1, 'a', 1)"
PROBES: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "drop-column": (("select id, note from orders",), GONE),
    "drop-table": (("select from orders",), GONE),
    "rename-column": (("select note from orders",), GONE),
    "rename-table": (("select from orders",), GONE),
    "rename-sequence": (("select nextval('numbers')", "select nextval('orders_id_seq')"), GONE),
    "rename-schema": (("select from sales.orders",), GONE),
    "set-schema": (("select from public.orders",), GONE),
    "rename-enum-value": (("insert into people values (1, 'sad')",), {"22P02"}),
    "drop-type": (("select null::mood",), GONE),
    "rename-type-or-routine": (("select null::mood", "select f(1)"), GONE),
    "drop-view": (("select from open_orders", "select from totals"), GONE),
    "drop-sequence": (("select nextval('numbers')",), GONE),
    "drop-schema": (("select from sales.orders",), GONE),
    "add-required-column": (OLD_INSERT, {"23502"}),
    "added-column-ends-required": (OLD_INSERT, {"23502"}),
    "drop-unique": (
        (
            "insert into orders (id, note) values (8, 'x') on conflict (note) do nothing",
            "insert into orders (id, total) values (9, 1) on conflict (total) do nothing",
        ),
        {"42P10"},
    ),
    "dependents-break": (("update orders set id = id", "select total_of(1)", "select next_number()"), GONE),
    "replication-identity": (("update orders set id = id", "update notes set id = id"), {"55000"}),
    "fk-set-null-on-not-null": (("insert into lines select id from orders", "delete from orders"), {"23502"}),
    "explicit-ids-without-setval": (
        ("insert into orders (note) values ('z')", "insert into kinds (name) values ('z')"),
        {"23505"},
    ),
    "sequence-set-back": (
        ("insert into orders (note) values ('z')", "insert into kinds (name) values ('z')"),
        {"23505"},
    ),
}
"""By rule: what code that runs would say, and the errors that it gets."""
WITH_ROW = {"dependents-break", "replication-identity", "fk-set-null-on-not-null"}


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with private_cluster(NEWEST, settings={"wal_level": "logical"}) as cluster, fresh_database(cluster) as made:
        yield made


def breaks(database: Database, example: Example) -> bool:
    """Whether one of the probes gets one of the errors once the example has run."""
    prepare(database, example)
    probes, errors = PROBES[example.rule.id]
    if example.rule.id in WITH_ROW:
        database.execute(ROW)
    with database.connect() as connection:
        for text in messages(example):
            connection.execute(text.encode())
    failed = False
    with database.connect() as connection:
        for probe in probes:
            try:
                connection.execute(probe.encode())
            except psycopg.Error as error:
                failed = failed or error.sqlstate in errors
    return failed


@pytest.mark.parametrize("rule_id", PROBES)
def test_what_a_page_says_will_break_breaks_and_only_after_its_unsafe_examples(
    rule_id: str, database: Database
) -> None:
    rule = load_rule(rule_id.replace("-", "_"))
    told = [one for one in examples(rule) if one.catalogs[0] and one.major == NEWEST]
    assert {one.name: breaks(database, one) for one in told} == {one.name: one.unsafe for one in told}
