"""Recorded runs from the command line: `scan --record`, `history`, `diff`."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from pathlib import Path

import msgspec
import pandas as pd
import pytest

from pgaudit.reports.contract import to_json
from tests.pgaudit.cli.running import Ran, pgaudit
from tests.pgaudit.reports.samples import finding, report
from tests.pgaudit.store.conftest import url_of
from tests.servers import Database

KEYLESS = ("--select", "constraints/missing_primary_key", "--format", "json")


def record(database: Database, store: Path, *more: str) -> Ran:
    return pgaudit("scan", database.dsn, "--store", str(store), "--record-as", "shop/staging", *KEYLESS, *more)


@pytest.mark.pg("== 17")
def test_the_night_after_says_what_changed(database: Database, tmp_path: Path) -> None:
    store = tmp_path / "history.sqlite3"
    database.execute("create table notes (body text); create table lists (body text)")
    first = record(database, store)
    assert {one.object.name: one.baseline.value for one in first.report.findings if one.baseline} == {
        "notes": "new",
        "lists": "new",
    }
    database.execute("alter table notes add column id int generated always as identity primary key")
    database.execute("create table tags (body text)")
    second = record(database, store)
    assert {one.object.name: one.baseline.value for one in second.report.findings if one.baseline} == {
        "lists": "unchanged",
        "tags": "new",
    }
    assert second.report.since is not None
    assert [(one.object.name, one.state.value) for one in second.report.since.absent] == [("notes", "fixed")]


@pytest.mark.pg("== 17")
def test_only_what_is_new_or_worse_fails_the_night(database: Database, tmp_path: Path) -> None:
    store = tmp_path / "history.sqlite3"
    database.execute("create table notes (body text)")
    assert record(database, store, "--fail-on-new").code == 1
    assert record(database, store, "--fail-on-new").code == 0
    assert record(database, store).code == 1


@pytest.mark.pg("== 17")
def test_history_lists_runs_and_diff_compares_them(database: Database, tmp_path: Path) -> None:
    store = tmp_path / "history.sqlite3"
    database.execute("create table notes (body text)")
    record(database, store)
    database.execute("drop table notes")
    record(database, store)
    listed = pgaudit("history", "--store", str(store), "--format", "json")
    assert [(one["id"], one["states"]) for one in json.loads(listed.out)] == [(2, {"gone": 1}), (1, {"new": 1})]
    assert "shop/staging" in pgaudit("history", "--store", str(store)).out
    assert "when (UTC)" in pgaudit("history", "--store", str(store)).out
    assert pgaudit("diff", "1", "2", "--store", str(store)).code == 0
    back = pgaudit("diff", "2", "1", "--store", str(store), "--format", "json")
    assert (back.code, [one.baseline.value for one in back.report.findings if one.baseline]) == (1, ["new"])


@pytest.mark.pg("== 17")
def test_a_hostile_name_of_a_target_steers_no_terminal(database: Database, tmp_path: Path) -> None:
    store, name = tmp_path / "history.sqlite3", "\u202eshop\x9b31m"
    pgaudit("scan", database.dsn, "--record", "--store", str(store), "--record-as", name)
    listed = pgaudit("history", "--store", str(store), "--format", "json").out
    assert [one["target"] for one in json.loads(listed)] == [name]
    assert not set(name) & {"\u202e", "\x9b"} & set(listed + pgaudit("history", "--store", str(store)).out)


@pytest.mark.pg("== 17")
def test_a_store_that_fails_costs_neither_the_report_nor_its_file(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    database.execute("create table notes (body text)")
    file = tmp_path / "report.json"
    ran = record(database, Path("/proc/history.sqlite3"), "-o", f"json={file}")
    assert ran.code == 3
    assert [one.object.name for one in ran.report.findings] == ["notes"]
    assert json.loads(file.read_text("utf-8"))["findings"]
    [saved] = (tmp_path / "pgaudit").glob("unrecorded-*.json")
    assert json.loads(saved.read_text("utf-8"))["findings"]
    assert str(saved) in ran.err


@pytest.mark.pg("== 17")
def test_a_corrupt_store_is_said_to_be_one_and_left_alone(database: Database, tmp_path: Path) -> None:
    store = tmp_path / "history.sqlite3"
    record(database, store)
    content = bytearray(store.read_bytes())
    content[100:4000] = b"\xff" * 3900
    store.write_bytes(content)
    ran = record(database, store)
    assert ran.code == 3
    assert "malformed" in ran.err or "not a database" in ran.err
    assert store.read_bytes() == bytes(content)


def absent(ran: Ran) -> dict[str, str]:
    """What is said of findings that are not reported any more, by the name of their object."""
    assert ran.report.since is not None
    return {one.object.name: one.state.value for one in ran.report.since.absent}


@pytest.mark.pg("== 17")
def test_diff_says_of_two_runs_what_their_records_say(database: Database, tmp_path: Path) -> None:
    store, made = tmp_path / "history.sqlite3", [tmp_path / f"{number}.json" for number in range(3)]
    database.execute("create schema b; create table b.hidden (x int)")
    database.execute("create table mended (x int); create table dropped (x int); create table renamed (x int)")
    record(database, store, "-o", str(made[0]))
    database.execute("alter table mended add primary key (x); drop table dropped; alter table renamed rename to called")
    second = record(database, store, "--exclude-schema", "b", "-o", str(made[1]))
    expected = {"mended": "fixed", "dropped": "gone", "hidden": "not_checked"}
    assert absent(second) == expected
    told = [pgaudit("diff", "1", "2", "--store", str(store), "--format", "json")]
    assert [one.baseline.value for one in told[0].report.findings if one.baseline] == ["unchanged"]
    record(database, store, "-o", str(made[2]))
    told.append(pgaudit("diff", str(made[0]), str(made[1]), "--format", "json"))
    assert [absent(ran) for ran in told] == [expected, {**expected, "renamed": "fixed"}]
    assert absent(pgaudit("diff", "1", "3", "--store", str(store), "--format", "json")) == {
        "mended": "fixed",
        "dropped": "gone",
        "renamed": "fixed",
    }


@pytest.mark.pg("== 17")
def test_diff_of_reports_calls_nothing_fixed_that_was_not_looked_at_and_says_what_it_cannot_know(
    database: Database, tmp_path: Path
) -> None:
    database.execute("create table kept (x int); create table dropped (x int)")
    before, after, narrow = (tmp_path / name for name in ("before.json", "after.json", "narrow.json"))
    pgaudit("scan", database.dsn, *KEYLESS, "-o", str(before))
    pgaudit("scan", database.dsn, *KEYLESS, "--exclude-table", "public.*", "-o", str(narrow))
    assert absent(pgaudit("diff", str(before), str(narrow), "-f", "json")) == dict.fromkeys(
        ("kept", "dropped"), "not_checked"
    )
    database.execute("drop table dropped")
    pgaudit("scan", database.dsn, *KEYLESS, "-o", str(after))
    ran = pgaudit("diff", str(before), str(after), "-f", "json")
    assert absent(ran) == {"dropped": "fixed"}
    assert ran.report.since is not None
    assert ran.report.since.notes == ("a report holds no catalog: what is called fixed may have been dropped",)


def test_reports_between_which_counters_began_anew_fix_nothing_that_rests_on_counters(tmp_path: Path) -> None:
    used = finding(1, "indexes/unused")
    target = msgspec.structs.replace(report().target, stats_age_seconds=40 * 86_400)
    before = msgspec.structs.replace(report(used, finding(2)), target=target)
    reset = msgspec.structs.replace(target, stats_age_seconds=30 * 86_400)
    after = msgspec.structs.replace(report(), checked=("indexes/unused", "indexes/duplicate"), target=reset)
    paths = [tmp_path / "before.json", tmp_path / "after.json"]
    for path, one in zip(paths, (before, after), strict=True):
        path.write_text(to_json(one))
    ran = pgaudit("diff", *map(str, paths), "--format", "json")
    assert ran.report.since is not None
    assert {one.check: one.state.value for one in ran.report.since.absent} == {
        "indexes/unused": "not_checked",
        "indexes/duplicate": "fixed",
    }


def test_what_only_reads_makes_no_store_and_says_that_there_is_none(tmp_path: Path) -> None:
    store = tmp_path / "folder" / "history.sqlite3"
    reads = (["history"], ["history", "shop"], ["history", "--reviews"], ["diff", "1", "2"], ["serve", "--port", "0"])
    for arguments in reads:
        ran = pgaudit(*arguments, "--store", str(store))
        assert (ran.code, ran.out) == (3, "")
        said = "there is no such file: check --store; `pgaudit scan --record` makes a store"
        assert ran.error_lines == [f"pgaudit: the store {store} failed: {said}"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.pg("== 17")
def test_a_database_in_which_nothing_was_recorded_is_only_looked_at(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite3"
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("create table mine (x)")
    content = file.read_bytes()
    for store in (url_of(database.dsn), str(file)):
        ran = pgaudit("history", "--store", store)
        assert (ran.code, len(ran.error_lines)) == (3, 1)
        assert "nothing was recorded there" in ran.err
    assert file.read_bytes() == content
    with database.connect() as connection:
        assert connection.execute("select count(*) from pg_class where relname like 'audit%'").fetchone() == (0,)


def test_without_a_store_of_its_own_nothing_was_recorded_yet(tmp_path: Path) -> None:
    ran = pgaudit("history", env={"XDG_STATE_HOME": str(tmp_path)})
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("no run recorded yet")


@pytest.mark.pg("== 17")
def test_a_store_that_is_made_is_said_to_be_new_once(database: Database, tmp_path: Path) -> None:
    store = tmp_path / "history.sqlite3"
    assert record(database, store).error_lines == [f"pgaudit: {store} is a new store"]
    assert record(database, store).error_lines == []
    assert record(database, tmp_path / "another.sqlite3", "-q").error_lines == []


@pytest.mark.parametrize(
    "given",
    [
        ("scan", "--record-as", "shop"),
        ("scan", "--notify", "webhook=http://127.0.0.1:9/"),
        ("review", "--record-as", "shop"),
    ],
)
def test_what_is_said_of_recorded_runs_is_refused_where_none_is_recorded(given: tuple[str, ...]) -> None:
    ran = pgaudit(*given, "postgresql://me@127.0.0.1:9/shop")
    assert (ran.code, ran.out) == (2, "")
    assert ran.error_lines == [
        f"pgaudit: {given[1]}: it is about recorded runs, and this one is not recorded: add --record"
    ]


@pytest.mark.pg("== 17")
def test_a_name_that_was_never_recorded_is_answered_with_those_that_were(database: Database, tmp_path: Path) -> None:
    store = tmp_path / "history.sqlite3"
    record(database, store)
    ran = pgaudit("history", "production", "--store", str(store))
    assert (ran.code, len(ran.error_lines)) == (2, 1)
    assert "recorded are shop/staging" in ran.err


@pytest.mark.pg("== 17")
def test_a_run_that_does_not_exist_is_one_clear_line(database: Database, tmp_path: Path) -> None:
    store = tmp_path / "history.sqlite3"
    record(database, store)
    ran = pgaudit("diff", "1", "2", "--store", str(store))
    assert (ran.code, len(ran.error_lines)) == (3, 1)
    assert "`pgaudit history` lists the runs that are kept" in ran.err


@pytest.mark.pg("== 17")
def test_what_is_known_of_a_target_is_exported_as_files_that_read_back(database: Database, tmp_path: Path) -> None:
    store = tmp_path / "history.sqlite3"
    database.execute("create table notes (body text)")
    record(database, store)
    for format_name, read in (("parquet", pd.read_parquet), ("csv", pd.read_csv)):
        ran = pgaudit(
            "history", "--store", str(store), "--export", str(tmp_path / "out"), "--export-format", format_name
        )
        assert ran.code == 0
        paths = {Path(line).stem: Path(line) for line in ran.out.splitlines()}
        assert read(paths["findings"])["check"].tolist() == ["constraints/missing_primary_key"]
        assert "public.notes" in set(read(paths["observations_table"])["object"])
    pgaudit("scan", database.dsn, "--store", str(store), "--record-as", "another", *KEYLESS)
    refused = pgaudit("history", "--store", str(store), "--export", str(tmp_path / "out"))
    assert refused.code == 2
    assert "no TARGET is named: recorded are another, shop/staging" in refused.err


@pytest.mark.pg("== 17")
def test_the_page_of_a_recorded_run_shows_the_runs_before_it(database: Database, tmp_path: Path) -> None:
    store, page = tmp_path / "history.sqlite3", tmp_path / "page.html"
    record(database, store)
    database.execute("create table notes (body text)")
    record(database, store, "--output", str(page))
    text = page.read_text()
    assert "Got worse since the run of" in text
    assert "History of 2 runs" in text
    drawn = set(re.findall(r"<figcaption><h3>([^<]*)", text))
    assert {
        "Open findings",
        "New and fixed",
        "Size of the database",
        "Oldest transaction ID that is not frozen",
    } <= drawn
    assert "Not drawn: Tenancy coverage: " in text
