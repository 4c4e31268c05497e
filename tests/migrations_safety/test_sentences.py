"""What findings say of migrations as teams write them: nothing that is wrong, or sends somebody the wrong way."""

from datetime import date

import pytest

from migrations_safety.script.model import ScriptText
from pgaudit.migrations.gate import gate_scripts
from pgaudit.reports.gate_contract import GateFinding
from probes.catalog.rows import AvailableExtension
from tests.migrations_safety.examples import given_catalog

GIVEN = """
create table users (id serial primary key, username varchar(50));
create view names as select id, username from users;
"""


def found(sql: str, rule: str) -> list[GateFinding]:
    """Give what a rule says of a script on the given database."""
    text = ScriptText(file="a.sql", content=sql.encode())
    catalog = given_catalog(GIVEN, 18).replacing({AvailableExtension: ()})
    run = gate_scripts([text], catalog, 18, today=date(2026, 1, 1))
    return [one for one in run.findings if one.rule == rule]


def test_the_sequence_of_a_column_is_not_called_a_view_that_blocks_its_type() -> None:
    (one,) = found("alter table users alter column id type bigint;", "alter-type-blocked-by-view")
    assert one.evidence["dependents"] == ("view names",)


@pytest.mark.parametrize("name", ["citext", '"uuid-ossp"', "nothing_of_the_kind"])
def test_an_extension_that_is_not_installed_is_not_said_to_be_missing(name: str) -> None:
    assert not found(f"create extension if not exists {name};", "refused-by-server")


@pytest.mark.parametrize(
    "sql",
    [
        "create extension citext; create table t (a citext); create index on t (a);",
        "create extension hstore; alter table users add column h hstore; create index on users using gin (h);",
        'create extension "uuid-ossp"; alter table users add column u uuid default uuid_generate_v4();',
        "create extension btree_gist; alter table users add exclude using gist (id with =);",
        "create extension unaccent; create index on users (unaccent(username));",
        "create extension tcn; create trigger t after insert on users execute function triggered_change_notification()",
    ],
)
def test_what_an_extension_of_the_script_brings_is_not_said_to_be_missing(sql: str) -> None:
    assert not found(sql, "refused-by-server")


def test_what_no_extension_can_bring_is_missing_all_the_same() -> None:
    assert found("create table t (a citext);", "refused-by-server")
    assert found("create extension citext; alter table users drop column gone;", "refused-by-server")


def test_a_sequence_that_is_set_back_is_pointed_at_where_it_is_set() -> None:
    sql = """select 1;

    select
      1, setval('s', 5);
  alter table users alter column id restart with 4;
select 2; select setval('q', 7);
"""
    text = ScriptText(file="a.sql", content=sql.encode())
    said = gate_scripts([text], None, 18, today=date(2026, 1, 1)).findings
    assert [(one.line, one.column) for one in said if one.rule == "sequence-set-back"] == [(4, 10), (5, 21), (6, 18)]
