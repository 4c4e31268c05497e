"""Every rule's page: its unsafe examples are flagged, its safe ones are not, with a catalog and without one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest

from migrations_safety.rule import Rule
from migrations_safety.rules.registry import all_rules
from migrations_safety.script.model import ScriptText
from migrations_safety.script.reader import read_script
from migrations_safety.timeline import Timeline
from probes.catalog.catalog import Catalog
from probes.collect.collector import Collector
from tests.conftest import ServerPool
from tests.servers import fresh_database

RULES = all_rules()
HEADINGS = ("What", "Why it matters", "When it is harmless", "What to do", "Known limits")
NEWEST = 18
WORLD = """
create table orders (id bigint primary key, customer_id bigint, total numeric, note text);
insert into orders select n, n, n from generate_series(1, 50) as n;
"""


def examples(rule: Rule, kind: str) -> list[str]:
    return re.findall(rf"^\s*{kind}: (.*)$", rule.page, re.MULTILINE)


def flagged(rule: Rule, sql: str, catalog: Catalog | None) -> bool:
    steps = Timeline(catalog, NEWEST).steps(read_script([ScriptText(file="a.sql", content=sql.encode())]))
    return any(True for step in steps for _ in rule.judge(step))


@pytest.fixture(scope="module")
def catalog(server_pool: ServerPool) -> Iterator[Catalog]:
    with fresh_database(server_pool.get(NEWEST)) as database:
        database.execute(WORLD)
        connect = lambda: psycopg.connect(database.dsn, autocommit=True, prepare_threshold=None)  # noqa: E731
        yield Collector(connect).collect(dictionaries=True).catalog


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_page_has_every_heading_and_both_kinds_of_examples(rule: Rule) -> None:
    for heading in HEADINGS:
        assert re.search(rf"^\s*{heading}: ", rule.page, re.MULTILINE), heading
    assert examples(rule, "Unsafe")
    assert examples(rule, "Safe")


@pytest.mark.parametrize(("rule", "sql"), [(rule, sql) for rule in RULES for sql in examples(rule, "Unsafe")])
def test_an_unsafe_example_is_flagged(rule: Rule, sql: str, catalog: Catalog) -> None:
    assert flagged(rule, sql, catalog)
    assert flagged(rule, sql, None)


@pytest.mark.parametrize(("rule", "sql"), [(rule, sql) for rule in RULES for sql in examples(rule, "Safe")])
def test_a_safe_example_is_not_flagged(rule: Rule, sql: str, catalog: Catalog) -> None:
    assert not flagged(rule, sql, catalog)
    assert not flagged(rule, sql, None)
