from pathlib import Path

import pytest

from pgaudit.errors import ExitCode, NoMigrationsFound
from pgaudit.migrations.sources import SourceOptions, Tool, TxMode, open_project, plan, project_of_text
from pgaudit.migrations.sources.detect import detect
from pgaudit.migrations.sources.errors import PathNotFoundError, SeveralToolsError
from tests.pgaudit.migrations.sources.projects import migrations_at, write

SQL = "select 1;\n"
LAYOUTS: dict[Tool, dict[str, str]] = {
    Tool.PRISMA: {"prisma/migrations/1_a/migration.sql": SQL},
    Tool.DRIZZLE: {"drizzle/meta/_journal.json": '{"entries": []}'},
    Tool.SUPABASE: {"supabase/config.toml": "", "supabase/migrations/1_a.sql": SQL},
    Tool.FLYWAY: {"src/main/resources/db/migration/V1__a.sql": SQL},
    Tool.LIQUIBASE: {"db/changelog/db.changelog-master.yaml": "databaseChangeLog:\n"},
    Tool.GOOSE: {"db/migrations/1_a.sql": "-- +goose Up\n"},
    Tool.DBMATE: {"db/migrations/1_a.sql": "-- migrate:up\n"},
    Tool.GOLANG_MIGRATE: {"migrations/1_a.up.sql": SQL},
    Tool.ATLAS: {"migrations/atlas.sum": "", "migrations/1.sql": SQL},
    Tool.SQLX: {"Cargo.toml": "sqlx = '1'", "migrations/1_a.sql": SQL},
    Tool.DIESEL: {"diesel.toml": "", "migrations/1_a/up.sql": SQL},
    Tool.SQITCH: {"sqitch.plan": "%project=x\n"},
    Tool.NODE_PG_MIGRATE: {"package.json": '{"dependencies": {"node-pg-migrate": "7"}}', "migrations/1_a.js": ""},
    Tool.PLAIN: {"sql/a.sql": SQL},
    Tool.ALEMBIC: {"alembic.ini": "[alembic]\nscript_location = x\n", "x/env.py": "", "x/versions/a.py": ""},
    Tool.DJANGO: {"manage.py": "", "a/migrations/__init__.py": ""},
    Tool.TYPEORM: {"src/migrations/1-a.ts": "class A1 implements MigrationInterface {}"},
    Tool.KNEX: {"knexfile.ts": "", "migrations/1_a.ts": ""},
    Tool.RAILS: {"db/migrate/20240101000000_a.rb": ""},
    Tool.ECTO: {"mix.exs": "", "priv/repo/migrations/1_a.exs": ""},
}


def test_every_tool_has_a_layout_here() -> None:
    assert set(LAYOUTS) == set(Tool)


@pytest.mark.parametrize("tool", list(Tool))
def test_a_tool_is_recognised_by_its_own_files(tmp_path: Path, tool: Tool) -> None:
    assert detect(write(tmp_path, LAYOUTS[tool])).tool is tool


def test_two_tools_in_one_folder_are_both_named_with_the_flag_that_chooses(tmp_path: Path) -> None:
    write(tmp_path, LAYOUTS[Tool.ALEMBIC] | LAYOUTS[Tool.DJANGO])
    with pytest.raises(SeveralToolsError, match=r"alembic and django.*--migration-tool alembic") as caught:
        detect(tmp_path)
    assert caught.value.exit_code is ExitCode.USAGE
    assert detect(tmp_path, Tool.DJANGO).tool is Tool.DJANGO


def test_two_kinds_of_marks_in_one_folder_are_two_tools(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": "-- +goose Up\nselect 1;", "2_b.sql": "-- migrate:up\nselect 1;"})
    with pytest.raises(SeveralToolsError, match="goose and dbmate"):
        detect(tmp_path)


def test_state_tables_decide_between_tools_that_share_a_layout(tmp_path: Path) -> None:
    write(tmp_path, {"migrations/1_a.up.sql": SQL})
    assert detect(tmp_path).tool is Tool.GOLANG_MIGRATE
    assert detect(tmp_path, in_database=(Tool.SQLX,)).tool is Tool.SQLX


def test_a_path_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(PathNotFoundError, match=r"nowhere does not exist"):
        open_project([tmp_path / "nowhere"])


@pytest.mark.parametrize("tool", [None, *Tool])
def test_an_empty_folder_holds_no_migrations_whatever_the_tool(tmp_path: Path, tool: Tool | None) -> None:
    if tool is Tool.SQITCH:
        with pytest.raises(PathNotFoundError, match=r"sqitch\.plan"):
            open_project([tmp_path], tool=tool)
        return
    with pytest.raises(NoMigrationsFound, match="no migrations found in"):
        open_project([tmp_path], tool=tool)


def test_files_of_a_project_are_judged_as_that_project_runs_them(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"prisma/migrations/migration_lock.toml": ""} | {f"prisma/migrations/{n}_x/migration.sql": SQL for n in "123"},
    )
    project = open_project([tmp_path / "prisma/migrations/2_x/migration.sql"])
    assert project.location.tool is Tool.PRISMA
    assert project.chosen == frozenset({(tmp_path / "prisma/migrations/2_x/migration.sql").resolve()})


def test_files_on_their_own_are_plain_sql_in_the_order_given(tmp_path: Path) -> None:
    write(tmp_path, {"b.sql": SQL, "a.sql": SQL})
    project = open_project([tmp_path / "b.sql", tmp_path / "a.sql"])
    assert [(m.tool, m.path.name, m.tx_mode) for m in project.migrations] == [
        (Tool.PLAIN, "b.sql", TxMode.PER_STATEMENT),
        (Tool.PLAIN, "a.sql", TxMode.PER_STATEMENT),
    ]


def test_a_runner_that_opens_transactions_does_so_whatever_the_tool_does(tmp_path: Path) -> None:
    in_transaction = SourceOptions(assume_in_transaction=True)
    write(tmp_path, {"db/migrations/1_a.up.sql": SQL, "db/migrations/1_a.down.sql": SQL})
    by_tool = open_project([tmp_path], tool=Tool.GOLANG_MIGRATE, options=in_transaction)
    from_stdin = project_of_text("select 1;", options=in_transaction)
    assert [m.tx_mode for project in (by_tool, from_stdin) for m in project.migrations] == [
        TxMode.NONE,
        TxMode.PER_STATEMENT,
    ]
    assert {m.tx_mode for project in (by_tool, from_stdin) for m in plan(project, None).pending} == {TxMode.PER_FILE}


def test_standard_input_is_one_plain_migration() -> None:
    (migration,) = project_of_text("select 1;").migrations
    assert (migration.tool, migration.parts[0].text, str(migration.path)) == (Tool.PLAIN, "select 1;", "<stdin>")


def test_a_tool_named_by_the_user_reads_a_folder_without_its_marks(tmp_path: Path) -> None:
    write(tmp_path, {"1_a.sql": SQL})
    assert [m.tool for m in migrations_at(tmp_path, Tool.SUPABASE)] == [Tool.SUPABASE]
