import base64
import hashlib
from pathlib import Path

import pytest

from pgaudit.migrations.sources import ProblemKind, State, TxMode
from pgaudit.migrations.sources.errors import BadProjectFileError
from tests.pgaudit.migrations.sources.projects import migrations_at, pending_of, plan_at, plan_on, states_of, write
from tests.servers import Database

TABLE = """
create schema atlas_schema_revisions;
create table atlas_schema_revisions.atlas_schema_revisions (
    version varchar primary key, description varchar not null, type bigint not null default 2,
    applied bigint not null default 0, total bigint not null default 0, executed_at timestamptz not null,
    execution_time bigint not null, error text, error_stmt text, hash varchar not null, partial_hashes jsonb,
    operator_version varchar not null);
"""
ONE, TWO, THREE = "create table a (id int);\n", "create table b (id int);\n", "create table c (id int);\n"


def sums(*files: tuple[str, str]) -> dict[str, str]:
    """Atlas's hash of each file: SHA-256 of every name and content up to it."""
    digest = hashlib.sha256()
    found: dict[str, str] = {}
    for name, text in files:
        digest.update(name.encode() + text.encode())
        found[name] = base64.b64encode(digest.digest()).decode()
    return found


FILES = (("1_a.sql", ONE), ("2_b.sql", TWO), ("3_c.sql", THREE))
SUMS = sums(*FILES)


def project(root: Path, **changed: str) -> Path:
    lines = [f"{name} h1:{digest}" for name, digest in SUMS.items()]
    files = {f"migrations/{name}": changed.get(name[0:1] and f"f{name[0]}", text) for name, text in FILES}
    return write(root, {"migrations/atlas.sum": "\n".join(["h1:x", *lines, ""])} | files)


def row(version: str, name: str, applied: int = 1, error: str = "null") -> str:
    return (
        "insert into atlas_schema_revisions.atlas_schema_revisions values "
        f"('{version}', 'x', 2, {applied}, 1, now(), 1, {error}, null, '{SUMS.get(name, '')}', null, 'v0.30');"
    )


@pytest.mark.pg(">= 18")
def test_a_revision_is_applied_when_all_of_it_is_and_kept_no_error(tmp_path: Path, database: Database) -> None:
    database.execute(
        TABLE
        + row("1", "1_a.sql")
        + row("2", "2_b.sql", applied=0, error="'boom'")
        + row(".atlas_cloud_identifier", "")
    )
    result = plan_on(database, project(tmp_path))
    assert states_of(result) == {"1": State.APPLIED, "2": State.FAILED, "3": State.PENDING}


@pytest.mark.pg(">= 18")
def test_only_the_first_file_whose_cumulative_hash_differs_is_called_edited(tmp_path: Path, database: Database) -> None:
    database.execute(TABLE + row("1", "1_a.sql") + row("2", "2_b.sql") + row("3", "3_c.sql"))
    result = plan_on(database, project(tmp_path, f2=TWO + "-- more\n"))
    assert states_of(result) == {"1": State.APPLIED, "2": State.EDITED, "3": State.APPLIED}
    kinds = {problem.kind for problem in result.problems}
    assert kinds == {ProblemKind.EDITED_AFTER_APPLY, ProblemKind.CHECKSUM_FILE_STALE}


def test_a_folder_that_its_sum_file_describes_has_no_problem(tmp_path: Path) -> None:
    assert plan_at(project(tmp_path), None).problems == ()


@pytest.mark.pg(">= 18")
def test_a_file_below_the_newest_applied_is_refused(tmp_path: Path, database: Database) -> None:
    database.execute(TABLE + row("1", "1_a.sql") + row("3", "3_c.sql"))
    result = plan_on(database, project(tmp_path))
    assert states_of(result)["2"] is State.OUT_OF_ORDER
    assert State.EDITED not in states_of(result).values()


def test_directives_need_the_empty_line_that_ends_their_block(tmp_path: Path) -> None:
    files = {
        "atlas.sum": "h1:x\n",
        "1_a.sql": "-- atlas:txmode none\n\ncreate index concurrently i on a (id);\n",
        "2_b.sql": "-- atlas:txmode none\ncreate table b (id int);\n",
        "3_c.sql": "-- atlas:delimiter \\n\\n\\n\n\nselect 1\n\n\nselect 2\n",
    }
    first, second, third = migrations_at(write(tmp_path, files))
    assert (first.tx_mode, second.tx_mode) == (TxMode.PER_STATEMENT, TxMode.PER_FILE)
    assert [line.strip(";") for line in third.parts[0].text.splitlines()] == files["3_c.sql"].splitlines()
    assert third.parts[0].text.count(";") == 1


@pytest.mark.pg(">= 18")
def test_on_an_empty_database_the_history_starts_at_the_newest_checkpoint(tmp_path: Path, database: Database) -> None:
    files = {
        "atlas.sum": "h1:x\n",
        "1_a.sql": ONE,
        "2_checkpoint.sql": "-- atlas:checkpoint\n\n" + ONE,
        "3_c.sql": THREE,
    }
    root = write(tmp_path, files)
    database.execute(TABLE)
    assert pending_of(plan_on(database, root)) == ["2", "3"]
    database.execute(
        "insert into atlas_schema_revisions.atlas_schema_revisions values "
        "('1', 'x', 2, 1, 1, now(), 1, null, null, '', null, 'v');"
    )
    assert pending_of(plan_on(database, root)) == ["3"]


PLAN = """%syntax-version=1.0.0
%project=shop

schema 2024-01-01T10:00:00Z Ann <ann@example.com> # first
users [schema] 2024-01-02T10:00:00Z Ann <ann@example.com> # second
@v1 2024-01-03T10:00:00Z Ann <ann@example.com> # tag

users [users@v1] 2024-01-04T10:00:00Z Ann <ann@example.com> # reworked
"""
CHANGES = """
create schema sqitch;
create table sqitch.changes (
    change_id text primary key, script_hash text, change text not null, project text not null,
    note text not null default '',
    committed_at timestamptz not null default now(), committer_name text, committer_email text,
    planned_at timestamptz not null default now(), planner_name text, planner_email text);
"""


def sqitch_project(root: Path) -> Path:
    scripts = ("schema", "users@v1", "users")
    return write(
        root,
        {"sqitch.plan": PLAN, "sqitch.conf": "[core]\n\tengine = pg\n"}
        | {f"deploy/{s}.sql": "BEGIN;\nCOMMIT;\n" for s in scripts},
    )


def test_sqitch_follows_the_plan_and_finds_the_script_of_a_reworked_change(tmp_path: Path) -> None:
    found = migrations_at(sqitch_project(tmp_path))
    assert [(m.path.name, m.requires, m.tx_mode) for m in found] == [
        ("schema.sql", (), TxMode.PER_STATEMENT),
        ("users@v1.sql", ("schema",), TxMode.PER_STATEMENT),
        ("users.sql", ("users@v1",), TxMode.PER_STATEMENT),
    ]


@pytest.mark.pg(">= 18")
def test_a_reworked_change_is_applied_as_often_as_the_table_has_it(tmp_path: Path, database: Database) -> None:
    database.execute(
        CHANGES + "insert into sqitch.changes (change_id, change, project) values ('a', 'schema', 'shop'),"
        " ('b', 'users', 'shop'),"
        " ('c', 'users', 'another project');"
    )
    result = plan_on(database, sqitch_project(tmp_path))
    assert [migration.path.name for migration in result.pending] == ["users.sql"]


def test_a_plan_without_a_project_is_one_clear_error(tmp_path: Path) -> None:
    write(tmp_path, {"sqitch.plan": "a 2024 x <y>\n", "deploy/a.sql": ""})
    with pytest.raises(BadProjectFileError, match=r"sqitch\.plan:1 names no %project"):
        migrations_at(tmp_path)
