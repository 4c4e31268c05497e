import hashlib
from pathlib import Path

import pytest

from pgaudit.migrations.sources import ProblemKind, State, Tool, TxMode
from tests.pgaudit.migrations.sources.projects import migrations_at, pending_of, plan_on, states_of, write
from tests.servers import Database

# The columns that Prisma's schema engine creates.
TABLE = """
create table _prisma_migrations (
    id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz,
    migration_name varchar(255) not null, logs text, rolled_back_at timestamptz,
    started_at timestamptz not null default now(), applied_steps_count integer not null default 0);
"""
FIRST, SECOND, THIRD = ("create table a (id int);\n", "alter table a add b int;\n", "drop table a;\n")


def project(root: Path) -> Path:
    return write(
        root,
        {
            "prisma/migrations/migration_lock.toml": 'provider = "postgresql"\n',
            "prisma/migrations/20240102000000_second/migration.sql": SECOND,
            "prisma/migrations/20240101000000_first/migration.sql": FIRST,
            "prisma/migrations/20240101000000_first/down.sql": "drop table a;",
            "prisma/migrations/20240103000000_third/migration.sql": THIRD,
        },
    )


def row(name: str, text: str, finished: str = "now()", rolled_back: str = "null") -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return (
        "insert into _prisma_migrations (id, checksum, migration_name, finished_at, rolled_back_at) "
        f"values (gen_random_uuid(), '{digest}', '{name}', {finished}, {rolled_back});"
    )


def test_folders_are_read_in_byte_order_of_their_names_and_down_files_are_not(tmp_path: Path) -> None:
    found = migrations_at(project(tmp_path))
    assert [migration.name for migration in found] == [
        "20240101000000_first",
        "20240102000000_second",
        "20240103000000_third",
    ]
    assert [part.text for migration in found for part in migration.parts] == [FIRST, SECOND, THIRD]
    assert {migration.tx_mode for migration in found} == {TxMode.NONE}


@pytest.mark.pg(">= 18")
def test_finished_rows_are_applied_and_rolled_back_ones_run_again(tmp_path: Path, database: Database) -> None:
    database.execute(
        TABLE
        + row("20240101000000_first", FIRST)
        + row("20240102000000_second", SECOND, finished="null", rolled_back="now()")
    )
    result = plan_on(database, project(tmp_path))
    assert result.project.location.tool is Tool.PRISMA
    assert pending_of(result) == ["20240102000000_second", "20240103000000_third"]
    assert not result.problems


@pytest.mark.pg(">= 18")
def test_a_row_neither_finished_nor_rolled_back_is_a_failed_run(tmp_path: Path, database: Database) -> None:
    database.execute(TABLE + row("20240101000000_first", FIRST) + row("20240102000000_second", SECOND, "null"))
    result = plan_on(database, project(tmp_path))
    assert states_of(result)["20240102000000_second"] is State.FAILED
    assert [problem.kind for problem in result.problems] == [ProblemKind.FAILED_RUN]


@pytest.mark.pg(">= 18")
def test_a_file_edited_after_it_was_applied_is_reported_and_not_pending(tmp_path: Path, database: Database) -> None:
    database.execute(TABLE + row("20240101000000_first", FIRST + "-- then\n") + row("20240102000000_second", SECOND))
    result = plan_on(database, project(tmp_path))
    assert states_of(result)["20240101000000_first"] is State.EDITED
    assert pending_of(result) == ["20240103000000_third"]
    assert [(p.kind, p.path and p.path.parent.name) for p in result.problems] == [
        (ProblemKind.EDITED_AFTER_APPLY, "20240101000000_first")
    ]


@pytest.mark.pg(">= 18")
def test_a_name_that_only_the_database_knows_is_missing_on_disk(tmp_path: Path, database: Database) -> None:
    database.execute(TABLE + row("20230101000000_gone", FIRST))
    result = plan_on(database, project(tmp_path))
    assert states_of(result)["20230101000000_gone"] is State.MISSING_ON_DISK


@pytest.mark.pg(">= 18")
def test_a_pending_migration_older_than_the_newest_applied_still_runs_and_is_reported(
    tmp_path: Path, database: Database
) -> None:
    database.execute(TABLE + row("20240101000000_first", FIRST) + row("20240103000000_third", THIRD))
    result = plan_on(database, project(tmp_path))
    assert pending_of(result) == ["20240102000000_second"]
    assert [problem.kind for problem in result.problems] == [ProblemKind.OUT_OF_ORDER]


def test_the_folder_may_be_named_in_prisma_config(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "prisma.config.ts": 'export default defineConfig({ migrations: { path: "db/m", seed: "x" } });',
            "db/m/1_a/migration.sql": FIRST,
        },
    )
    assert [migration.version for migration in migrations_at(tmp_path)] == ["1_a"]


@pytest.mark.parametrize(("version", "expected"), [("^7.3.0", TxMode.NONE), ("~7.4.0", TxMode.PER_STATEMENT)])
def test_from_7_4_on_a_file_with_concurrently_is_split(tmp_path: Path, version: str, expected: TxMode) -> None:
    index = "set lock_timeout = '1s';\ncreate index concurrently i on a (id);\n"
    root = write(
        project(tmp_path),
        {
            "package.json": f'{{"devDependencies": {{"prisma": "{version}"}}}}',
            "prisma/migrations/20240102000000_second/migration.sql": index,
        },
    )
    assert [migration.tx_mode for migration in migrations_at(root)] == [TxMode.NONE, expected, TxMode.NONE]
