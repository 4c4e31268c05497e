import hashlib
import json
from pathlib import Path

import pytest

from pgaudit.migrations.sources import ProblemKind, State, TxMode
from pgaudit.migrations.sources.errors import BadProjectFileError
from tests.pgaudit.migrations.sources.projects import migrations_at, pending_of, plan_on, states_of, write
from tests.servers import Database

TABLE = """
create schema drizzle;
create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);
"""
FIRST = 'CREATE TABLE "a" ("id" int);\n--> statement-breakpoint\nCREATE INDEX "i" ON "a" ("id");'
SECOND = 'ALTER TABLE "a" ADD COLUMN "b" int;'


def journalled(root: Path) -> Path:
    entries = [
        {"idx": 0, "version": "7", "when": 1700000000000, "tag": "0000_zebra", "breakpoints": True},
        {"idx": 1, "version": "7", "when": 1700000005000, "tag": "0001_apple", "breakpoints": True},
    ]
    return write(
        root,
        {
            "drizzle/meta/_journal.json": json.dumps({"version": "7", "dialect": "postgresql", "entries": entries}),
            "drizzle/0000_zebra.sql": FIRST,
            "drizzle/0001_apple.sql": SECOND,
        },
    )


def row(text: str, when: int) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"insert into drizzle.__drizzle_migrations (hash, created_at) values ('{digest}', {when});"


def test_parts_are_cut_at_breakpoints_with_the_lines_of_the_file(tmp_path: Path) -> None:
    first, second = migrations_at(journalled(tmp_path))
    assert [(part.text.strip(), part.first_line) for part in first.parts] == [
        ('CREATE TABLE "a" ("id" int);', 1),
        ('CREATE INDEX "i" ON "a" ("id");', 2),
    ]
    assert first.parts[1].text.startswith("\n")
    assert {first.tx_mode, second.tx_mode} == {TxMode.ALL_PENDING}


@pytest.mark.pg(">= 18")
def test_an_entry_runs_when_it_is_newer_than_the_newest_row(tmp_path: Path, database: Database) -> None:
    database.execute(TABLE + row(FIRST, 1700000000000))
    assert pending_of(plan_on(database, journalled(tmp_path))) == ["1700000005000"]


@pytest.mark.pg(">= 18")
def test_an_unknown_entry_older_than_the_newest_row_is_skipped_forever(tmp_path: Path, database: Database) -> None:
    database.execute(TABLE + row("other", 1700000009000))
    result = plan_on(database, journalled(tmp_path))
    assert pending_of(result) == []
    assert [problem.kind for problem in result.problems].count(ProblemKind.SKIPPED_FOREVER) == 2


@pytest.mark.pg(">= 18")
def test_an_entry_of_a_known_time_with_another_hash_was_edited(tmp_path: Path, database: Database) -> None:
    database.execute(TABLE + row("was this", 1700000000000) + row(SECOND, 1700000005000))
    assert states_of(plan_on(database, journalled(tmp_path)))["1700000000000"] is State.EDITED


@pytest.mark.pg(">= 18")
def test_the_folder_layout_without_journal_is_compared_by_name(tmp_path: Path, database: Database) -> None:
    root = write(
        tmp_path,
        {
            "drizzle/20250101000000_first/migration.sql": FIRST,
            "drizzle/20250101000000_first/snapshot.json": "{}",
            "drizzle/20250201000000_second/migration.sql": SECOND,
            "drizzle/20250201000000_second/snapshot.json": "{}",
        },
    )
    database.execute(
        TABLE
        + "alter table drizzle.__drizzle_migrations add name text, add applied_at timestamptz;"
        + row(FIRST, 1735689600000)
        + "update drizzle.__drizzle_migrations set name = '20250101000000_first';"
    )
    assert pending_of(plan_on(database, root)) == ["20250201000000_second"]


def test_a_journal_that_names_no_file_says_which(tmp_path: Path) -> None:
    root = journalled(tmp_path)
    (root / "drizzle/0001_apple.sql").unlink()
    with pytest.raises(BadProjectFileError, match=r"0001_apple\.sql, which does not exist"):
        migrations_at(root)


def test_a_journal_that_is_not_json_is_one_clear_error(tmp_path: Path) -> None:
    root = write(tmp_path, {"drizzle/meta/_journal.json": "{", "drizzle/0000_a.sql": ""})
    with pytest.raises(BadProjectFileError, match="is not a Drizzle journal"):
        migrations_at(root)


@pytest.mark.pg(">= 18")
def test_the_state_table_that_the_config_names_is_read(tmp_path: Path, database: Database) -> None:
    config = 'export default { out: "./drizzle", migrations: { table: "done", schema: "app" } };'
    root = write(journalled(tmp_path), {"drizzle.config.ts": config})
    moved = TABLE.replace("drizzle.__drizzle_migrations", "app.done").replace("schema drizzle", "schema app")
    database.execute(moved + row(FIRST, 1700000000000).replace("drizzle.__drizzle_migrations", "app.done"))
    assert pending_of(plan_on(database, root)) == ["1700000005000"]
