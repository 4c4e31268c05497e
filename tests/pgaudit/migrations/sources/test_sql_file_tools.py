"""Supabase, golang-migrate, goose, dbmate, sqlx, Diesel, node-pg-migrate and plain SQL."""

import hashlib
from pathlib import Path

import pytest

from pgaudit.migrations.sources import OpaqueReason, ProblemKind, SourceOptions, State, Tool, TxMode
from tests.pgaudit.migrations.sources.projects import migrations_at, pending_of, plan_at, plan_on, states_of, write
from tests.servers import Database

UP, MORE = "create table a (id int);\n", "alter table a add b int;\n"

SUPABASE = {
    "supabase/config.toml": "",
    "supabase/migrations/20240101_first.sql": UP,
    "supabase/migrations/20240102_second.sql": MORE,
    "supabase/migrations/20240103_third.sql": MORE,
    "supabase/migrations/notes.sql": "select 1;",
}
GOLANG = {
    "migrations/1_a.up.sql": UP,
    "migrations/1_a.down.sql": "x",
    "migrations/10_b.up.sql": MORE,
    "migrations/9_c.up.sql": MORE,
}
GOOSE = """-- a header
-- +goose Up
-- +goose StatementBegin
create function f() returns int language sql as $$ select 1; $$;
-- +goose StatementEnd

-- +goose Down
drop function f();
"""
DBMATE = """-- migrate:up
create table a (id int);

-- migrate:down
drop table a;

-- migrate:up transaction:false
create index concurrently i on a (id);
-- migrate:down
drop index i;
"""


@pytest.mark.pg(">= 18")
def test_supabase_refuses_a_file_older_than_the_newest_applied(tmp_path: Path, database: Database) -> None:
    database.execute(
        "create schema supabase_migrations;"
        "create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);"
        "insert into supabase_migrations.schema_migrations values ('20240101', null, 'a'), ('20240103', '{}', 'c');"
    )
    root = write(tmp_path, SUPABASE)
    result = plan_on(database, root)
    assert states_of(result)["20240102"] is State.OUT_OF_ORDER
    assert pending_of(result) == []
    assert [problem.kind for problem in result.problems] == [ProblemKind.OUT_OF_ORDER]
    assert pending_of(plan_on(database, root, allow_out_of_order=True)) == ["20240102"]


def test_supabase_runs_each_file_in_one_implicit_transaction(tmp_path: Path) -> None:
    found = migrations_at(write(tmp_path, SUPABASE))
    assert [(m.version, m.name, m.tx_mode) for m in found] == [
        ("20240101", "first", TxMode.PER_FILE),
        ("20240102", "second", TxMode.PER_FILE),
        ("20240103", "third", TxMode.PER_FILE),
    ]


@pytest.mark.pg(">= 18")
def test_golang_migrate_runs_what_is_above_its_one_row_in_order_of_the_number(
    tmp_path: Path, database: Database
) -> None:
    database.execute(
        "create table schema_migrations (version bigint primary key, dirty boolean not null);"
        "insert into schema_migrations values (1, false);"
    )
    result = plan_on(database, write(tmp_path, GOLANG))
    assert result.project.location.tool is Tool.GOLANG_MIGRATE
    assert pending_of(result) == ["9", "10"]
    assert {migration.tx_mode for migration in result.pending} == {TxMode.NONE}


@pytest.mark.pg(">= 18")
def test_a_dirty_golang_migrate_database_is_a_failed_run(tmp_path: Path, database: Database) -> None:
    database.execute(
        "create table schema_migrations (version bigint primary key, dirty boolean not null);"
        "insert into schema_migrations values (9, true);"
    )
    result = plan_on(database, write(tmp_path, GOLANG))
    assert states_of(result) == {"1": State.APPLIED, "9": State.FAILED, "10": State.PENDING}
    assert [problem.kind for problem in result.problems] == [ProblemKind.FAILED_RUN]


def test_two_files_of_one_version_are_reported(tmp_path: Path) -> None:
    result = plan_at(write(tmp_path, GOLANG | {"migrations/010_other.up.sql": UP}), None)
    assert [(problem.kind, problem.versions) for problem in result.problems] == [
        (ProblemKind.DUPLICATE_VERSION, ("10",))
    ]


def test_goose_gives_the_up_section_at_its_line(tmp_path: Path) -> None:
    (migration,) = migrations_at(write(tmp_path, {"00001_f.sql": GOOSE}))
    (part,) = migration.parts
    at = GOOSE.splitlines().index("create function f() returns int language sql as $$ select 1; $$;") + 1
    assert part.first_line + part.text.splitlines().index(GOOSE.splitlines()[at - 1]) == at
    assert "drop function" not in part.text
    assert (migration.tool, migration.version, migration.tx_mode) == (Tool.GOOSE, "1", TxMode.PER_FILE)


def test_goose_no_transaction_sends_statements_one_by_one_and_go_files_are_opaque(tmp_path: Path) -> None:
    files = {
        "1_i.sql": "-- +goose NO TRANSACTION\n-- +goose Up\ncreate index concurrently i on a (id);\n",
        "2_code.go": "package migrations",
    }
    sql, code = migrations_at(write(tmp_path, files))
    assert sql.tx_mode is TxMode.PER_STATEMENT
    assert [step.reason for step in code.opaque] == [OpaqueReason.PROGRAM_CODE]


@pytest.mark.pg(">= 18")
def test_the_newest_goose_row_of_a_version_decides(tmp_path: Path, database: Database) -> None:
    database.execute(
        "create table goose_db_version (id integer generated by default as identity primary key,"
        " version_id bigint not null, is_applied boolean not null, tstamp timestamp not null default now());"
        "insert into goose_db_version (version_id, is_applied) values (0, true), (1, true), (2, true), (2, false);"
    )
    root = write(tmp_path, {"1_a.sql": GOOSE, "2_b.sql": GOOSE, "3_c.sql": GOOSE})
    assert states_of(plan_on(database, root)) == {"1": State.APPLIED, "2": State.PENDING, "3": State.PENDING}


@pytest.mark.pg(">= 18")
def test_goose_stops_at_a_missing_lower_version(tmp_path: Path, database: Database) -> None:
    database.execute(
        "create table goose_db_version (id serial primary key, version_id bigint, is_applied boolean);"
        "insert into goose_db_version (version_id, is_applied) values (0, true), (2, true);"
    )
    root = write(tmp_path, {"1_a.sql": GOOSE, "2_b.sql": GOOSE})
    assert states_of(plan_on(database, root))["1"] is State.OUT_OF_ORDER
    assert pending_of(plan_on(database, root, allow_out_of_order=True)) == ["1"]


def test_dbmate_gives_each_up_section_its_own_transaction_mark(tmp_path: Path) -> None:
    (migration,) = migrations_at(write(tmp_path, {"db/migrations/20240101_a.sql": DBMATE}))
    assert [(part.text.strip(), part.first_line, part.tx_mode) for part in migration.parts] == [
        ("create table a (id int);", 1, None),
        ("create index concurrently i on a (id);", 7, TxMode.NONE),
    ]
    assert migration.tx_mode is TxMode.PER_FILE


@pytest.mark.pg(">= 18")
def test_dbmate_is_the_difference_of_two_sets(tmp_path: Path, database: Database) -> None:
    database.execute(
        "create table schema_migrations (version varchar primary key); insert into schema_migrations values ('2');"
    )
    root = write(tmp_path, {"db/migrations/1_a.sql": DBMATE, "db/migrations/2_b.sql": DBMATE})
    result = plan_on(database, root)
    assert pending_of(result) == ["1"]
    assert [problem.kind for problem in result.problems] == [ProblemKind.OUT_OF_ORDER]


def test_sqlx_reads_its_no_transaction_mark_from_the_first_bytes_only(tmp_path: Path) -> None:
    files = {
        "Cargo.toml": '[dependencies]\nsqlx = "0.8"\n',
        "migrations/1_a.sql": UP,
        "migrations/2_b.up.sql": "-- no-transaction\ncreate index concurrently i on a (id);",
        "migrations/2_b.down.sql": "drop index i;",
        "migrations/3_c.sql": "-- a comment\n-- no-transaction\n" + UP,
    }
    found = migrations_at(write(tmp_path, files))
    assert [(m.tool, m.version, m.tx_mode) for m in found] == [
        (Tool.SQLX, "1", TxMode.PER_FILE),
        (Tool.SQLX, "2", TxMode.NONE),
        (Tool.SQLX, "3", TxMode.PER_FILE),
    ]


@pytest.mark.pg(">= 18")
def test_sqlx_compares_sha384_and_a_row_without_success_is_dirty(tmp_path: Path, database: Database) -> None:
    same = hashlib.sha384(UP.encode()).hexdigest()
    database.execute(
        "create table _sqlx_migrations (version bigint primary key, description text not null, installed_on timestamptz"
        " not null default now(), success boolean not null, checksum bytea not null, execution_time bigint not null);"
        f"insert into _sqlx_migrations values (1, 'a', now(), true, '\\x{same}', 1), (2, 'b', now(), true, '\\x00', 1),"
        f" (3, 'c', now(), false, '\\x{same}', -1);"
    )
    root = write(tmp_path, {f"migrations/{n}_x.sql": UP for n in (1, 2, 3, 4)})
    result = plan_on(database, root)
    assert states_of(result) == {"1": State.APPLIED, "2": State.EDITED, "3": State.FAILED, "4": State.PENDING}


@pytest.mark.pg(">= 18")
def test_diesel_versions_are_dates_without_dashes(tmp_path: Path, database: Database) -> None:
    database.execute(
        "create table __diesel_schema_migrations (version varchar(50) primary key, run_on timestamp default now());"
        "insert into __diesel_schema_migrations values ('20240101120000');"
    )
    root = write(
        tmp_path,
        {
            "diesel.toml": "",
            "migrations/2024-01-01-120000_a/up.sql": UP,
            "migrations/2024-01-01-120000_a/down.sql": "x",
            "migrations/2024-02-01-120000_b/up.sql": MORE,
            "migrations/2024-02-01-120000_b/metadata.toml": "run_in_transaction = false\n",
        },
    )
    (pending,) = plan_on(database, root).pending
    assert (pending.version, pending.name, pending.tx_mode) == ("20240201120000", "b", TxMode.NONE)


NODE = "-- Up Migration\ncreate table a (id int);\n-- Down Migration\ndrop table a;\n"


@pytest.mark.pg(">= 18")
def test_node_pg_migrate_runs_all_pending_in_one_transaction_and_checks_the_order(
    tmp_path: Path, database: Database
) -> None:
    database.execute(
        "create table pgmigrations (id serial primary key, name varchar(255) not null, run_on timestamp not null);"
        "insert into pgmigrations (name, run_on) values ('1700000000000_a', now()), ('1700000000002_c', now());"
    )
    up = "exports.up = pgm => {\n  pgm.sql(`alter table a add c int`);\n  pgm.addColumn('a', {});\n};\n"
    script = up + "exports.down = pgm => { pgm.sql('x'); };"
    root = write(
        tmp_path,
        {
            "migrations/1700000000000_a.sql": NODE,
            "migrations/1700000000001_b.sql": NODE,
            "migrations/1700000000002_c.sql": NODE,
            "migrations/1700000000003_d.js": script,
        },
    )
    result = plan_on(database, root)
    assert states_of(result)["1700000000001_b"] is State.OUT_OF_ORDER
    (pending,) = result.pending
    assert [(part.text, part.first_line) for part in pending.parts] == [("alter table a add c int", 2)]
    assert [(step.reason, step.line) for step in pending.opaque] == [(OpaqueReason.PROGRAM_CODE, 3)]
    assert pending.tx_mode is TxMode.ALL_PENDING


def test_plain_files_run_by_leading_number_and_reverting_files_are_left_out(tmp_path: Path) -> None:
    names = ("10_b.sql", "2_a.sql", "2_a.down.sql", "rollback.sql", "2_a_down.sql", "setup.sql")
    found = migrations_at(write(tmp_path, dict.fromkeys(names, UP)), Tool.PLAIN)
    assert [migration.path.name for migration in found] == ["2_a.sql", "10_b.sql", "setup.sql"]
    assert {migration.tx_mode for migration in found} == {TxMode.PER_STATEMENT}


def test_goose_variables_are_put_in_only_where_envsub_is_on(tmp_path: Path) -> None:
    on = "-- +goose Up\n-- +goose ENVSUB ON\nalter table a owner to ${OWNER};\nselect '${UNKNOWN}';\n"
    files = {"1_a.sql": on, "2_b.sql": on.replace("-- +goose ENVSUB ON\n", "")}
    options = SourceOptions(placeholders={"OWNER": "app"})
    first, second = migrations_at(write(tmp_path, files), options=options)
    assert "owner to app;\nselect '${UNKNOWN}'" in first.parts[0].text
    assert "owner to ${OWNER}" in second.parts[0].text
