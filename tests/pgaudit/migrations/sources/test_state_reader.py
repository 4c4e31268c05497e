import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psycopg
import pytest

from pgaudit.migrations.sources import ProblemKind, SourceOptions, State, Tool, open_project, plan
from pgaudit.migrations.sources.state_reader import StateReport, read_state
from tests.pgaudit.migrations.sources.projects import pending_of, plan_at, plan_on, write
from tests.servers import Database

DBMATE = "create table {schema}.schema_migrations (version varchar primary key);"
FILES = {"db/migrations/1_a.sql": "-- migrate:up\nselect 1;", "db/migrations/2_b.sql": "-- migrate:up\nselect 2;"}


@pytest.fixture
def auditor(database: Database) -> Iterator[str]:
    """A role that may log in, gone afterwards."""
    database.execute("create role sources_auditor login")
    yield "sources_auditor"
    database.execute("drop owned by sources_auditor; drop role sources_auditor")


def report_on(database: Database, options: SourceOptions | None = None, tool: Tool | None = None) -> StateReport:
    with database.connect() as connection:
        return read_state(connection, options, tool)


@pytest.mark.pg(">= 13")
def test_tables_of_one_name_are_told_apart_by_their_columns(database: Database) -> None:
    database.execute(
        "create schema a; create schema b; create schema c; create schema d; create schema e;"
        "create schema supabase_migrations;"
        "create table a.schema_migrations (version varchar primary key);"
        "create table b.schema_migrations (version varchar primary key);"
        "create table b.ar_internal_metadata (key varchar);"
        "create table c.schema_migrations (version bigint primary key, dirty boolean);"
        "create table d.schema_migrations (version bigint primary key, inserted_at timestamp);"
        "create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text);"
        'create table e.migrations (id serial, "timestamp" bigint, name varchar);'
        "create table a.migrations (id serial, migration varchar, batch integer);"
        'create table a."SequelizeMeta" (name varchar);'
    )
    report = report_on(database)
    assert [(table.schema, table.tool) for table in report.tables] == [
        ("a", Tool.DBMATE),
        ("b", Tool.RAILS),
        ("c", Tool.GOLANG_MIGRATE),
        ("d", Tool.ECTO),
        ("e", Tool.TYPEORM),
        ("supabase_migrations", Tool.SUPABASE),
    ]
    assert report.recognised == (("Sequelize", "a.SequelizeMeta"), ("Laravel", "a.migrations"))


@pytest.mark.pg(">= 13")
def test_a_denied_table_makes_pending_unknown_and_says_the_grant_that_helps(
    tmp_path: Path, database: Database, auditor: str
) -> None:
    database.execute(
        'create schema "Odd one"; '
        + DBMATE.format(schema='"Odd one"')
        + "insert into \"Odd one\".schema_migrations values ('1');"
    )
    with database.connect(user=auditor) as connection:
        report = read_state(connection)
    (denied,) = report.unreadable
    assert (
        denied.grant == 'grant usage on schema "Odd one" to "sources_auditor"; '
        'grant select on "Odd one"."schema_migrations" to "sources_auditor";'
    )
    result = plan_at(write(tmp_path, FILES), report)
    assert result.unknown is not None
    assert denied.grant in result.unknown
    assert pending_of(result) == ["1", "2"]
    database.execute(denied.grant)
    with database.connect(user=auditor) as connection:
        assert pending_of(plan(open_project([tmp_path]), read_state(connection))) == ["2"]


@pytest.mark.pg(">= 18")
def test_a_schema_for_each_tenant_has_its_own_states_and_pending_is_what_any_lacks(
    tmp_path: Path, database: Database
) -> None:
    for schema, version in (("tenant_1", "1"), ("tenant_2", "2")):
        database.execute(
            f"create schema {schema};"
            + DBMATE.format(schema=schema)
            + f"insert into {schema}.schema_migrations values ('{version}');"
        )
    root = write(tmp_path, FILES)
    result = plan_on(database, root)
    assert [assessment.schema for assessment in result.assessments] == ["tenant_1", "tenant_2"]
    assert pending_of(result) == ["1", "2"]
    assert pending_of(plan_on(database, root, state_schema="tenant_1")) == ["2"]


@pytest.mark.pg(">= 18")
def test_a_renamed_state_table_is_found_when_it_is_named(database: Database) -> None:
    database.execute("create table my_versions (version varchar primary key); insert into my_versions values ('1');")
    options = SourceOptions(state_table="my_versions")
    assert report_on(database).tables == ()
    report = report_on(database, options, Tool.DBMATE)
    assert [(table.table, table.rows) for table in report.tables] == [("my_versions", (("1",),))]


@pytest.mark.pg(">= 18")
def test_a_database_without_a_state_table_has_everything_pending(tmp_path: Path, database: Database) -> None:
    result = plan_on(database, write(tmp_path, FILES))
    assert (pending_of(result), result.unknown) == (["1", "2"], None)


@pytest.mark.pg(">= 18")
def test_a_report_survives_a_snapshot_with_every_kind_of_value(database: Database) -> None:
    database.execute(
        "create table _sqlx_migrations (version bigint, success boolean, checksum bytea); "
        "insert into _sqlx_migrations values (20240101000000, true, '\\x00ff'), (2, null, null);"
        "create table _prisma_migrations (migration_name text, checksum text, finished_at timestamptz,"
        " rolled_back_at timestamptz);"
        "insert into _prisma_migrations values ('a', 'c', '2024-01-02 03:04:05+00', null);"
    )
    report = report_on(database)
    rows = {table.tool: table.rows for table in report.tables}
    assert rows[Tool.SQLX] == ((2, None, None), (20240101000000, True, "00ff"))
    assert rows[Tool.PRISMA][0][:2] == ("a", "c")
    assert str(rows[Tool.PRISMA][0][2]).startswith("2024-01-0")
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(report), type=StateReport) == report
    assert msgspec.json.decode(msgspec.json.encode(report), type=StateReport) == report


@pytest.mark.pg(">= 13")
def test_reading_leaves_no_lock_no_setting_and_no_transaction_behind(database: Database) -> None:
    database.execute(DBMATE.format(schema="public"))
    with database.connect() as connection:
        before = connection.execute("show search_path").fetchone()
        read_state(connection)
        assert connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE
        assert connection.execute("show search_path").fetchone() == before
        with connection.transaction():
            connection.execute("select 1")
            read_state(connection)
            held = connection.execute(
                "select count(*) from pg_locks"
                " where pid = pg_backend_pid() and relation = 'schema_migrations'::regclass"
            ).fetchone()
            assert held == (0,)
            assert connection.execute("show transaction_read_only").fetchone() == ("off",)
            assert connection.execute("show lock_timeout").fetchone() == ("0",)


@pytest.mark.pg(">= 18")
def test_a_locked_state_table_is_not_waited_for(database: Database) -> None:
    database.execute(DBMATE.format(schema="public"))
    with database.connect() as other, other.transaction():
        other.execute("lock table schema_migrations in access exclusive mode")
        found: list[StateReport] = []
        reader = threading.Thread(target=lambda: found.append(report_on(database)))
        reader.start()
        reader.join(timeout=60)
        assert not reader.is_alive()
    assert [(table.reason, table.grant) for table in found[0].unreadable] == [("it is locked by another session", None)]


@pytest.mark.pg(">= 13")
def test_no_code_of_the_database_runs_while_it_is_read(database: Database, auditor: str) -> None:
    database.execute(
        "create table ran (what text);"
        "create function boom() returns boolean language plpgsql as $$ begin raise exception 'user code ran'; end $$;"
        "create function boom_text() returns text language plpgsql as $$ begin raise exception 'user code ran'; end $$;"
        "create schema v; create schema p; create schema i; create schema d;"
        "create view v.alembic_version as select boom_text() as version_num;"
        "create table p.alembic_version (version_num varchar(32)); insert into p.alembic_version values ('x');"
        "alter table p.alembic_version enable row level security;"
        "alter table p.alembic_version force row level security;"
        "create policy q on p.alembic_version using (boom());"
        "create table i.alembic_version (version_num varchar(32));"
        "grant usage on schema p to public; grant select on p.alembic_version to public;"
        "create domain d.odd as text; create table d.alembic_version (version_num d.odd);"
    )
    with database.connect(user=auditor) as connection:
        report = read_state(connection)
    assert {(table.schema, table.reason) for table in report.unreadable} == {
        ("i", "permission denied"),
        ("p", "a row security policy hides rows from this role"),
    }
    assert report.tables == ()


@pytest.mark.pg(">= 18")
def test_states_come_from_a_snapshot_as_from_the_server(tmp_path: Path, database: Database) -> None:
    database.execute(DBMATE.format(schema="public") + "insert into schema_migrations values ('1'), ('0');")
    root = write(tmp_path, FILES)
    saved = msgspec.json.encode(report_on(database))
    result = plan(open_project([root]), msgspec.json.decode(saved, type=StateReport))
    assert result.assessments == plan_on(database, root).assessments
    assert {state.version: state.state for state in result.assessments[0].states} == {
        "0": State.MISSING_ON_DISK,
        "1": State.APPLIED,
        "2": State.PENDING,
    }


@pytest.mark.pg(">= 18")
def test_a_lock_note_that_is_held_is_a_problem_and_one_that_is_free_is_none(tmp_path: Path, database: Database) -> None:
    files = {"knexfile.js": "", "migrations/1_a.js": "exports.up = (k) => k.raw('select 1');"}
    root = write(tmp_path, files)
    database.execute(
        "create table knex_migrations (id serial, name varchar(255), batch integer, migration_time timestamptz);"
        "create table knex_migrations_lock (index serial, is_locked integer);"
        "insert into knex_migrations_lock (is_locked) values (0);"
    )
    assert plan_on(database, root).problems == ()
    database.execute("update knex_migrations_lock set is_locked = 1")
    assert [problem.kind for problem in plan_on(database, root).problems] == [ProblemKind.STUCK_LOCK]


@pytest.mark.pg(">= 18")
def test_the_table_of_another_project_in_the_same_database_says_nothing_about_this_one(
    tmp_path: Path, database: Database
) -> None:
    for schema, version in (("mine", "1"), ("theirs", "77")):
        database.execute(
            f"create schema {schema};"
            + DBMATE.format(schema=schema)
            + f"insert into {schema}.schema_migrations values ('{version}');"
        )
    result = plan_on(database, write(tmp_path, FILES))
    assert [assessment.schema for assessment in result.assessments] == ["mine"]
    assert pending_of(result) == ["2"]
    assert result.problems == ()


@pytest.mark.pg(">= 18")
def test_one_unreadable_tenant_does_not_hide_the_others(tmp_path: Path, database: Database, auditor: str) -> None:
    for schema in ("open", "closed"):
        database.execute(
            f"create schema {schema};"
            + DBMATE.format(schema=schema)
            + f"insert into {schema}.schema_migrations values ('1');"
        )
    database.execute("grant usage on schema open to sources_auditor")
    database.execute("grant select on open.schema_migrations to sources_auditor")
    with database.connect(user=auditor) as connection:
        report = read_state(connection)
    result = plan_at(write(tmp_path, FILES), report)
    assert result.unknown is not None
    assert "in schema closed is unknown" in result.unknown
    assert pending_of(result) == ["2"]
