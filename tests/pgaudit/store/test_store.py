"""Recording runs on both engines, against databases that really change."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, date, datetime
from io import StringIO

import msgspec
import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg.conninfo import make_conninfo
from sqlalchemy import func, select, text

from migrations_safety.script.model import ScriptText
from pgaudit.errors import StoreFailed, StoreTooNew
from pgaudit.migrations.gate import gate_scripts
from pgaudit.store.failing import Failing, Failure, failing, record_failure
from pgaudit.store.models import Base, ObservationRow, RunRow, StateRow
from pgaudit.store.naming import VERSION_TABLE
from pgaudit.store.opening import Store, open_store
from pgaudit.store.reading import runs
from pgaudit.store.recording import Recorded, record
from pgaudit.store.retention import prune
from pgaudit.store.schema import configuration, head
from pgaudit.store.states import State
from tests.conftest import ServerPool
from tests.pgaudit.store.conftest import run_of, url_of
from tests.servers import Database, fresh_database

KEYLESS = "constraints/missing_primary_key"


def states(recorded: Recorded) -> dict[str, State]:
    return {one.object.name: one.state for one in recorded.findings}


def test_a_fault_is_new_then_unchanged_then_fixed_then_reopened(store: Store, audited: Database) -> None:
    audited.execute("create table notes (body text)")
    assert states(record(store, run_of(audited, KEYLESS))) == {"notes": State.NEW}
    assert states(record(store, run_of(audited, KEYLESS))) == {"notes": State.UNCHANGED}
    audited.execute("alter table notes add column id bigint generated always as identity primary key")
    assert states(record(store, run_of(audited, KEYLESS))) == {"notes": State.FIXED}
    assert states(record(store, run_of(audited, KEYLESS))) == {}
    audited.execute("alter table notes drop column id")
    assert states(record(store, run_of(audited, KEYLESS))) == {"notes": State.REOPENED}


def test_a_dropped_table_is_gone_and_a_renamed_one_keeps_its_history(store: Store, audited: Database) -> None:
    audited.execute("create table notes (body text); create table old_notes (body text)")
    first = record(store, run_of(audited, KEYLESS))
    assert states(first) == {"notes": State.NEW, "old_notes": State.NEW}
    audited.execute("drop table old_notes; alter table notes rename to remarks")
    second = record(store, run_of(audited, KEYLESS))
    assert states(second) == {"remarks": State.UNCHANGED, "old_notes": State.GONE}
    assert {one.reason for one in second.findings if one.object.name == "remarks"} == {"was public.notes"}


def test_a_check_that_does_not_run_fixes_nothing(store: Store, audited: Database) -> None:
    audited.execute("create table notes (body text)")
    record(store, run_of(audited, KEYLESS))
    without = record(store, run_of(audited, "indexes/duplicate"))
    assert states(without) == {"notes": State.NOT_CHECKED}
    assert states(record(store, run_of(audited, KEYLESS))) == {"notes": State.UNCHANGED}


def test_targets_know_nothing_of_each_other(store: Store, audited: Database) -> None:
    audited.execute("create table notes (body text)")
    record(store, run_of(audited, KEYLESS, target="staging"))
    assert states(record(store, run_of(audited, KEYLESS, target="production"))) == {"notes": State.NEW}


def test_sizes_are_kept_for_every_table(store: Store, audited: Database) -> None:
    audited.execute("create table notes (id int primary key, body text)")
    audited.execute("insert into notes select n, repeat('x', 500) from generate_series(1, 2000) n")
    audited.execute("vacuum analyze notes")
    record(store, run_of(audited, KEYLESS))
    with audited.connect() as connection:
        [(size,)] = connection.execute("select pg_catalog.pg_relation_size('notes')").fetchall()
    with store.reading() as stored:
        value = stored.execute(
            select(ObservationRow.value).where(
                ObservationRow.object == "public.notes", ObservationRow.metric == "size_bytes"
            )
        ).scalar_one()
    assert value == size


def test_two_scans_at_once_both_leave_their_run(store_url: str, audited: Database) -> None:
    audited.execute("create table notes (body text)")
    runs = [run_of(audited, KEYLESS) for _ in range(2)]
    results: list[Recorded] = []

    def write(position: int) -> None:
        opened = open_store(store_url)  # each as its own process would: the empty store is made by whoever comes first
        results.append(record(opened, runs[position]))
        opened.close()

    threads = [threading.Thread(target=write, args=(position,)) for position in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(states(one)["notes"].value for one in results) == ["new", "unchanged"]


def test_a_crash_half_way_leaves_the_last_run_whole(store: Store, audited: Database) -> None:
    audited.execute("create table notes (body text)")
    record(store, run_of(audited, KEYLESS))

    def crash() -> None:
        with store.writing() as connection:
            connection.execute(text("delete from audit_finding"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        crash()
    assert states(record(store, run_of(audited, KEYLESS))) == {"notes": State.UNCHANGED}


def test_a_store_of_a_later_version_is_refused_and_left_alone(store_url: str) -> None:
    first = open_store(store_url)
    with first.writing() as connection:
        connection.execute(text(f"update {VERSION_TABLE} set version_num = '9999'"))
    first.close()
    with pytest.raises(StoreTooNew, match="9999") as refused:
        open_store(store_url)
    assert "pip install --upgrade" in str(refused.value)


def test_opening_twice_changes_nothing(store_url: str) -> None:
    open_store(store_url).close()
    again = open_store(store_url)
    with again.reading() as connection:
        assert connection.execute(text(f"select version_num from {VERSION_TABLE}")).scalars().all() == [head()]
    again.close()


def test_versions_make_the_tables_that_the_models_describe(store: Store) -> None:
    with store.writing() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, Base.metadata) == []


def test_every_version_can_be_undone_and_done_again(store: Store) -> None:
    with store.writing() as connection:
        command.downgrade(configuration(connection), "base")
        command.upgrade(configuration(connection), "head")


def test_our_own_migrations_pass_our_own_gate() -> None:
    config = configuration(dialect="postgresql")
    config.output_buffer = sql = StringIO()
    command.upgrade(config, "head", sql=True)
    text_of = ScriptText(file="store.sql", content=sql.getvalue().encode())
    run = gate_scripts([text_of], None, 18, today=date(2026, 1, 1))
    assert "CREATE TABLE audit_run" in sql.getvalue()
    assert [(one.rule, one.message) for one in run.findings if one.severity.rank > 0] == []


def test_only_the_newest_runs_are_kept_whole_and_numbers_stay(store: Store, audited: Database) -> None:
    audited.execute("create table notes (body text)")
    for _ in range(3):
        record(store, run_of(audited, KEYLESS))
    assert prune(store, keep_runs=1) == 2
    with store.reading() as connection:
        whole = connection.execute(select(func.count()).where(RunRow.report.is_not(None))).scalar_one()
        judged = connection.execute(select(func.count(StateRow.run_id.distinct()))).scalar_one()
        measured = connection.execute(select(func.count(ObservationRow.run_id.distinct()))).scalar_one()
    assert (whole, judged, measured) == (1, 1, 3)
    assert prune(store, keep_runs=1) == 0


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path: object) -> None:
    path = f"{tmp_path}/notes.txt"
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123 - tmp_path is only a name here
        file.write("these are my notes, and long enough to be no empty file\n" * 20)
    with pytest.raises(StoreFailed, match="not a database"):
        open_store(path)
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        assert file.read().startswith("these are my notes")


def test_a_place_that_cannot_be_written_is_refused_in_one_line() -> None:
    with pytest.raises(StoreFailed) as failed:
        open_store("/proc/history.sqlite3")
    assert "\n" not in str(failed.value)


def test_a_locked_store_is_waited_for(store_url: str, audited: Database) -> None:
    open_store(store_url).close()
    if store_url.startswith("postgresql"):
        blocker = psycopg.connect(store_url)
        blocker.execute("lock table audit_run in access exclusive mode")
        release = blocker.rollback
    else:
        file = sqlite3.connect(store_url, isolation_level=None, check_same_thread=False)
        file.execute("begin immediate")
        release = file.rollback
    run = run_of(audited, KEYLESS)
    threading.Timer(0.5, release).start()
    opened = open_store(store_url)
    assert record(opened, run).previous_run_id is None
    opened.close()


def test_an_unreachable_store_says_so_without_its_password() -> None:
    with pytest.raises(StoreFailed) as failed:
        open_store("postgresql://me:s3cret@127.0.0.1:9/history")
    assert "s3cret" not in str(failed.value)
    assert "127.0.0.1" in str(failed.value)


def test_the_audited_database_is_never_written_to(audited: Database) -> None:
    picture = run_of(audited, KEYLESS).catalog
    with pytest.raises(StoreFailed, match="the audited database itself"):
        open_store(url_of(audited.dsn), audited=picture.server)
    with audited.connect() as connection:
        assert connection.execute(
            "select count(*) from pg_catalog.pg_tables where tablename like 'audit%'"
        ).fetchone() == (0,)


# ---- a clock that was set back, targets under other names, nights that fail


def test_runs_are_compared_as_they_were_recorded_whatever_the_clock_says(store: Store, audited: Database) -> None:
    audited.execute("create table notes (body text)")
    record(store, run_of(audited, KEYLESS))
    late = run_of(audited, KEYLESS)
    earlier = msgspec.structs.replace(late.report, started_at="2020-02-29T02:00:00Z")
    second = record(store, msgspec.structs.replace(late, report=earlier))
    assert states(second) == {"notes": State.UNCHANGED}
    assert any("a clock was set back" in note for note in second.notes)
    audited.execute("alter table notes add primary key (body)")
    third = record(store, run_of(audited, KEYLESS))
    assert (states(third), third.previous_run_id) == ({"notes": State.FIXED}, second.run_id)
    assert [one.started_at.year for one in runs(store, "staging")][1] == 2020


def test_a_target_under_a_new_name_starts_over_fixes_nothing_and_is_told_its_old_name(
    store: Store, audited: Database
) -> None:
    audited.execute("create table notes (body text)")
    first = record(store, run_of(audited, KEYLESS, target="staging"))
    renamed = record(store, run_of(audited, KEYLESS, target="shop/staging"))
    assert first.notes == ()
    assert (states(renamed), renamed.previous_run_id) == ({"notes": State.NEW}, None)
    [note] = renamed.notes
    assert "recorded as 'staging' before" in note
    assert "--record-as 'staging'" in note
    assert record(store, run_of(audited, KEYLESS, target="shop/staging")).notes == ()
    assert states(record(store, run_of(audited, KEYLESS, target="staging"))) == {"notes": State.UNCHANGED}


def test_another_database_under_a_new_name_is_nobody_s_namesake(
    store: Store, audited: Database, server_pool: ServerPool
) -> None:
    record(store, run_of(audited, KEYLESS, target="staging"))
    with fresh_database(server_pool.get(18)) as other:
        assert record(store, run_of(other, KEYLESS, target="production")).notes == ()


def test_a_database_that_was_renamed_keeps_its_findings(
    store: Store, audited: Database, server_pool: ServerPool
) -> None:
    audited.execute("create table notes (body text)")
    record(store, run_of(audited, KEYLESS))
    name = f"{audited.name}_renamed"
    server = make_conninfo(server_pool.get(18).dsn)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"alter database {audited.name} rename to {name}".encode())
    try:
        moved = Database(audited.major, name, make_conninfo(audited.dsn, dbname=name))
        second = record(store, run_of(moved, KEYLESS))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"alter database {name} rename to {audited.name}".encode())
    assert states(second) == {"notes": State.UNCHANGED}
    assert any("another database" in note for note in second.notes)


def test_nights_that_failed_fix_nothing_and_the_next_is_compared_with_the_last_that_did_not(
    store: Store, audited: Database
) -> None:
    audited.execute("create table notes (body text)")
    first = record(store, run_of(audited, KEYLESS))
    nights = [datetime(2026, 3, day, 2, tzinfo=UTC) for day in (1, 2)]
    failed = [record_failure(store, Failure("staging", night, f"night {night.day}")) for night in nights]
    assert [(one.is_news, one.open_findings) for one in failed] == [(True, 1), (False, 1)]
    assert failing(store, "staging") == Failing(nights[0], "night 2")
    assert [(one.failure, one.states) for one in runs(store)][:2] == [("night 2", {}), ("night 1", {})]
    after = record(store, run_of(audited, KEYLESS))
    assert (states(after), after.previous_run_id) == ({"notes": State.UNCHANGED}, first.run_id)
    assert after.failing_since == "2026-03-01T02:00:00Z"
    assert (failing(store, "staging"), record(store, run_of(audited, KEYLESS)).failing_since) == (None, None)


def test_a_first_night_that_fails_is_recorded_too(store: Store, audited: Database) -> None:
    night = datetime(2026, 3, 1, 2, tzinfo=UTC)
    assert record_failure(store, Failure("staging", night, "nothing answers")).is_news
    first = record(store, run_of(audited, KEYLESS))
    assert (first.previous_run_id, first.failing_since) == (None, "2026-03-01T02:00:00Z")


def test_undoing_the_version_of_failed_runs_forgets_those_and_nothing_else(store: Store, audited: Database) -> None:
    audited.execute("create table notes (body text)")
    kept = record(store, run_of(audited, KEYLESS)).run_id
    record_failure(store, Failure("staging", datetime(2026, 3, 1, 2, tzinfo=UTC), "nothing answers"))
    with store.writing() as connection:
        command.downgrade(configuration(connection), "0002")
        assert connection.execute(text("select id from audit_run")).scalars().all() == [kept]
        assert connection.execute(text("select count(*) from audit_state")).scalar() == 1
        command.upgrade(configuration(connection), "head")
