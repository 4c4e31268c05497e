"""Whole projects through the gate, on servers that have all but their last three migrations."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from pgaudit.reports.gate_contract import GateReport, from_json
from tests.pgaudit.cli.running import Ran, pgaudit
from tests.servers import Database

PRISMA = {
    "20240101000000_init": 'CREATE TABLE "User" ("id" SERIAL NOT NULL, CONSTRAINT "User_pkey" PRIMARY KEY ("id"));\n',
    "20240102000000_post": 'CREATE TABLE "Post" ("id" SERIAL NOT NULL, "authorId" INTEGER NOT NULL,\n'
    '    CONSTRAINT "Post_pkey" PRIMARY KEY ("id"));\n',
    "20240103000000_email": 'ALTER TABLE "User" ADD COLUMN "email" TEXT;\n',
    "20240104000000_author": 'ALTER TABLE "Post" ADD CONSTRAINT "Post_authorId_fkey" FOREIGN KEY ("authorId")\n'
    '    REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;\n',
    "20240105000000_unique": '-- CreateIndex\nCREATE UNIQUE INDEX "User_email_key" ON "User"("email");\n',
}
SCHEMA = '{{ index .Options "Schema" }}'
TEMPLATED = {
    "1_users.up.sql": f"create table if not exists {SCHEMA}.users (id bigint primary key);\n",
    "2_sessions.up.sql": f"create table if not exists {SCHEMA}.sessions (id bigint primary key, user_id bigint);\n",
    "3_keys.up.sql": f"create table {SCHEMA}.keys (id bigint primary key, user_id bigint references {SCHEMA}.users);\n",
    "4_name.up.sql": f'alter table "{SCHEMA}".users add column if not exists name text;\n',
    "5_block.up.sql": "do $$ begin\n  if not exists (select from pg_catalog.pg_indexes where indexname = 'k') then\n"
    f"    create index k on {SCHEMA}.keys (user_id);\n  end if;\nend $$;\n",
}
PRISMA_TABLE = """
create table _prisma_migrations (id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz,
    migration_name varchar(255) not null, logs text, rolled_back_at timestamptz,
    started_at timestamptz not null default now(), applied_steps_count integer not null default 0);
"""


def gate(folder: Path, *arguments: str) -> Ran:
    return pgaudit("gate", *arguments, "-f", "json", cwd=folder)


def report(ran: Ran) -> GateReport:
    assert "Traceback" not in ran.err
    return from_json(ran.out)


def prisma_project(root: Path) -> None:
    for name, sql in PRISMA.items():
        folder = root / "prisma" / "migrations" / name
        folder.mkdir(parents=True)
        (folder / "migration.sql").write_text(sql)
    (root / "prisma" / "migrations" / "migration_lock.toml").write_text('provider = "postgresql"\n')


def templated_project(root: Path) -> None:
    (root / "migrations").mkdir()
    for name, sql in TEMPLATED.items():
        (root / "migrations" / name).write_text(sql)


def test_whole_projects_run_from_the_first_file_to_the_last_without_a_database(tmp_path: Path) -> None:
    for make, count in ((prisma_project, 5), (templated_project, 5)):
        root = tmp_path / make.__name__
        root.mkdir()
        make(root)
        found = report(gate(root))
        assert len(found.statements) == count
        assert not {"unparsable", "opaque", "refused-by-server"} & {one.rule for one in found.findings}


@pytest.mark.pg("== 18")
def test_of_a_prisma_project_exactly_the_last_three_are_pending(database: Database, tmp_path: Path) -> None:
    prisma_project(tmp_path)
    database.execute(PRISMA_TABLE)
    with database.connect() as connection:
        for name in list(PRISMA)[:-3]:
            connection.execute(PRISMA[name].encode())
            row = (name[:36], hashlib.sha256(PRISMA[name].encode()).hexdigest(), name)
            connection.execute(
                "insert into _prisma_migrations (id, checksum, finished_at, migration_name) values (%s, %s, now(), %s)",
                row,
            )
    found = report(gate(tmp_path, "-d", database.dsn))
    assert [Path(one.file).parent.name for one in found.statements] == list(PRISMA)[-3:]
    assert {one.object.name for one in found.introduces if one.check == "indexes/unindexed_foreign_key"} == {
        "Post_authorId_fkey"
    }
    assert {"add-fk-validating", "index-not-concurrent"} <= {one.rule for one in found.findings}


@pytest.mark.pg("== 18")
def test_of_a_templated_project_exactly_the_last_three_are_pending_in_the_schema_it_stands_for(
    database: Database, tmp_path: Path
) -> None:
    templated_project(tmp_path)
    database.execute("create schema auth")
    database.execute("create table public.schema_migrations (version bigint primary key, dirty boolean not null)")
    for name in list(TEMPLATED)[:-3]:
        database.execute(TEMPLATED[name].replace(SCHEMA, "auth"))
    database.execute("insert into public.schema_migrations values (2, false)")
    found = report(gate(tmp_path, "-d", database.dsn))
    assert [Path(one.file).name for one in found.statements] == list(TEMPLATED)[-3:]
    assert {lock.relation for one in found.statements for lock in one.effects.locks} <= {"auth.users", "auth.keys"}
    assert "refused-by-server" not in {one.rule for one in found.findings}


@pytest.mark.pg("== 18")
def test_where_a_layout_fits_two_tools_the_state_table_of_the_database_tells_which(
    database: Database, tmp_path: Path
) -> None:
    templated_project(tmp_path)
    database.execute(
        "create table _sqlx_migrations (version bigint primary key, description text not null,"
        " success boolean not null, installed_on timestamptz not null default now(),"
        " checksum bytea not null, execution_time bigint not null)"
    )
    first = TEMPLATED["1_users.up.sql"]
    with database.connect() as connection:
        connection.execute(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)"
            " values (1, 'users', true, %s, 1)",
            [hashlib.sha384(first.encode()).digest()],
        )
    found = report(gate(tmp_path, "-d", database.dsn))
    assert "(sqlx)" in found.notes[-1]
    assert [Path(one.file).name for one in found.statements] == list(TEMPLATED)[1:]


@pytest.mark.pg("== 18")
def test_of_a_branch_what_it_changes_is_judged_and_what_will_never_run_is_told(
    database: Database, tmp_path: Path
) -> None:
    trunk = {name: f"create table t{name[:2]} (id bigint primary key);\n" for name in ("01_a", "02_b", "04_d")}
    write(tmp_path, trunk)
    git(tmp_path, "init", "-q", "-b", "trunk")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    write(tmp_path, {"02_b": "select 1;\n", "03_c": "select 1;\n", "10_e": "select 1;\n"})
    database.execute(
        "create table schema_migrations (version bigint primary key, dirty boolean not null);"
        "insert into schema_migrations values (4, false)"
    )
    told = report(gate(tmp_path, ".", "--git-diff", "trunk", "-d", database.dsn))
    assert {Path(one.file).name for one in told.statements} == {"10_e.up.sql"}
    assert {(one.rule, Path(one.file).name) for one in told.findings if one.statement is None} == {
        ("migrations-edited-after-apply", "02_b.up.sql"),
        ("migrations-skipped-forever", "03_c.up.sql"),
    }


def write(folder: Path, migrations: dict[str, str]) -> None:
    for name, sql in migrations.items():
        (folder / f"{name}.up.sql").write_text(sql)


def git(folder: Path, *arguments: str) -> None:
    nobody = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.org")
    subprocess.run(["git", *nobody, *arguments], cwd=folder, check=True, capture_output=True)
