"""With a catalog, the schema that a placeholder stands for is told by the relations named behind it."""

import pytest

from migrations_safety.judging import Judging
from migrations_safety.placeholders import names_behind_placeholders
from migrations_safety.script.model import ScriptText
from migrations_safety.script.reader import read_script
from migrations_safety.timeline import Timeline
from probes.finding import Severity
from tests.migrations_safety.examples import given_catalog

NEWEST = 18
APPLIED = 'create table {{ index .Options "Schema" }}.users (id bigint primary key);'
PENDING = """
create table "{{ index .Options "Schema" }}".keys (user_id bigint references {{ index .Options "Schema" }}.users);
alter table {{ index .Options "Schema" }}.users add column name text;
"""
GIVEN = """
create schema auth;
create table auth.users (id bigint primary key);
create table public.keys_of_old (id bigint);
"""


def test_what_stands_behind_a_placeholder_is_collected_by_its_name() -> None:
    texts = [APPLIED, PENDING, "select 'no {{ placeholder }}.here'", "select a.b"]
    assert names_behind_placeholders(texts) == {"_index_options_schema": frozenset({"users", "keys"})}


def test_statements_are_judged_in_the_schema_that_has_the_relations() -> None:
    timeline = Timeline(
        given_catalog(GIVEN, NEWEST), NEWEST, placeholders=names_behind_placeholders([APPLIED, PENDING])
    )
    steps = list(timeline.steps(read_script([ScriptText(file="a.sql", content=PENDING.encode())])))
    assert not any(step.effects.is_refused for step in steps)
    assert {lock.relation.qualified_name for step in steps for lock in step.effects.locks} == {"auth.users"}
    after = timeline.catalog()
    assert after.relation_named("auth", "keys")


@pytest.mark.parametrize("written", ['"{{.Schema}}"', ":schema", "${schema}"])
def test_a_placeholder_is_known_however_it_is_written(written: str) -> None:
    sql = f"alter table {written}.users add column name text;"
    timeline = Timeline(given_catalog(GIVEN, NEWEST), NEWEST, placeholders=names_behind_placeholders([sql]))
    (step,) = timeline.steps(read_script([ScriptText(file="a.sql", content=sql.encode())]))
    assert [lock.relation.qualified_name for lock in step.effects.locks] == ["auth.users"]


def test_a_schema_that_nothing_tells_is_no_certain_refusal() -> None:
    judging, timeline = Judging(), Timeline(given_catalog(GIVEN, NEWEST), NEWEST)
    sql = b"create table {{ schema }}.keys (id bigint);"
    (step,) = timeline.steps(read_script([ScriptText(file="a.sql", content=sql)]))
    with timeline.before():
        (found,) = [one.flag for one in judging.judge(step) if one.rule.id == "refused-by-server"]
    assert found.severity is Severity.LOW
    assert "placeholder" in found.message
