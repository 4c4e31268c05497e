"""Recorded runs from the command line: `scan --record`, `history`, `diff`."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from tests.pgaudit.cli.running import Ran, pgaudit
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


def test_a_name_that_was_never_recorded_is_answered_with_those_that_were(tmp_path: Path) -> None:
    store = tmp_path / "history.sqlite3"
    ran = pgaudit("history", "production", "--store", str(store))
    assert (ran.code, len(ran.error_lines)) == (2, 1)
    assert "none yet" in ran.err


def test_a_run_that_does_not_exist_is_one_clear_line(tmp_path: Path) -> None:
    store = tmp_path / "history.sqlite3"
    ran = pgaudit("diff", "1", "2", "--store", str(store))
    assert (ran.code, len(ran.error_lines)) == (3, 1)
    assert "`pgaudit history` lists the runs that are kept" in ran.err
    assert sqlite3.connect(store).execute("select count(*) from audit_run").fetchone() == (0,)


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
    refused = pgaudit("history", "--store", str(tmp_path / "none.sqlite3"), "--export", str(tmp_path / "out"))
    assert refused.code == 2
    assert "no TARGET is named" in refused.err


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
