"""Settings as a script sets them, against what a server of the newest major says is in force."""

import psycopg
import pytest

from migrations_safety.effects.builtin import builtin_catalog
from migrations_safety.script.model import ScriptText
from migrations_safety.script.reader import read_script
from migrations_safety.timeline import Timeline
from tests.servers import Database

SCRIPTS = (
    "set lock_timeout = '2s'",
    "set lock_timeout = '2s'; reset lock_timeout",
    "set lock_timeout = '2s'; set lock_timeout to default",
    "set lock_timeout = '2s'; reset all",
    "set lock_timeout = '2s'; discard all",
    "set local lock_timeout = '2s'",
    "begin; set local lock_timeout = '2s'",
    "begin; set local lock_timeout = '2s'; commit",
    "begin; set lock_timeout = '2s'; rollback",
    "begin; set lock_timeout = '2s'; commit",
    "begin; set lock_timeout = '2s'; set local lock_timeout = '3s'; commit",
    "begin; set local lock_timeout = '3s'; set lock_timeout = '2s'; commit",
    "set lock_timeout = '1s'; begin; set local lock_timeout = '3s'; set local lock_timeout to default",
    "begin; set lock_timeout = '2s'; savepoint a; set lock_timeout = '3s'; rollback to a",
    "begin; savepoint a; set local lock_timeout = '3s'; release a",
    "select set_config('lock_timeout', '2s', false)",
    "begin; select pg_catalog.set_config('lock_timeout', '2s', true); commit",
    "begin; select pg_catalog.set_config('lock_timeout', '2s', true)",
)


@pytest.mark.pg("== 18")
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_setting_is_in_force_where_the_server_says_so(database: Database, script: str) -> None:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        for statement in script.split("; "):
            connection.execute(statement.encode())
        row = connection.execute("show lock_timeout").fetchone()
        connection.execute("rollback")
    assert row is not None
    text = ScriptText(file="1.sql", content=f"{script}; select 1".encode())
    *_, last = Timeline(None, 18).steps(read_script([text]))
    assert last.settings.get("lock_timeout", "0") == row[0]


def test_a_search_path_that_a_transaction_sets_for_itself_ends_with_it() -> None:
    sql = "create schema a; begin; set local search_path = a; create table t (id int); commit; create table u (id int)"
    catalog_of = Timeline(None, 18)
    list(catalog_of.steps(read_script([ScriptText(file="1.sql", content=sql.encode())])))
    catalog = catalog_of.catalog()
    assert catalog.relation_named("a", "t") is not None
    assert catalog.relation_named("a", "u") is None


def test_rules_see_the_database_before_the_statement_and_the_next_statement_sees_it_after() -> None:
    timeline = Timeline(None, 18)
    sql = b"create table t (id int); alter table t add column name text; alter table t drop column name"
    seen: list[tuple[list[str], list[str]]] = []
    for step in timeline.steps(read_script([ScriptText(file="1.sql", content=sql)])):
        with timeline.before():
            before = columns(timeline)
        seen.append((before, columns(timeline)))
        assert not step.effects.is_refused
    assert seen == [([], ["id"]), (["id"], ["id", "name"]), (["id", "name"], ["id"])]


@pytest.mark.parametrize(
    "before",
    [
        "",
        "set check_function_bodies = false;",
        "select pg_catalog.set_config('check_function_bodies', 'off', false);",
        "begin; set local check_function_bodies = off; commit;",
    ],
)
def test_a_body_names_what_comes_later_where_the_server_lets_it(database: Database, before: str) -> None:
    script = before + "create function later() returns int language sql as 'select id from not_yet_there'"
    with database.connect() as connection:
        try:
            connection.execute(script.encode())
        except psycopg.errors.UndefinedTable:
            is_refused = True
        else:
            is_refused = False
    timeline = Timeline(builtin_catalog(18), 18)
    *_, last = timeline.steps(read_script([ScriptText(file="a.sql", content=script.encode())]))
    assert last.effects.is_refused is is_refused


def columns(timeline: Timeline) -> list[str]:
    relation = timeline.catalog().relation_named("public", "t")
    return [column.name for column in relation.columns] if relation else []
