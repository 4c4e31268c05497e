"""`pgaudit review` and `pgaudit context init` as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from psycopg.conninfo import make_conninfo

from pgaudit.cli.main import COMMANDS
from pgaudit.reports.registry import FORMATS
from pgaudit.store.opening import open_store
from pgaudit.store.reviews import ReviewEntry, record_review
from tests.pgaudit.cli.running import ROOT, environment, pgaudit
from tests.servers import Database


@pytest.fixture
def faulty(database: Database) -> Database:
    with database.connect() as connection:
        connection.execute(
            "create table keyless (id integer); create table amounts (id bigint primary key, price real)"
        )
    return database


@pytest.mark.pg("== 18")
def test_a_review_is_written_in_every_form_at_once(faulty: Database, tmp_path: Path) -> None:
    ran = pgaudit(
        "review",
        faulty.dsn,
        "-f",
        "checklist",
        *(f"-o{tmp_path / name}" for name in ("a.md", "a.html", "a.json", "a.yaml")),
    )
    assert (ran.code, ran.out) == (0, "")
    assert (tmp_path / "a.md").read_text().startswith("# Evidence checklist")
    assert (tmp_path / "a.html").read_text().startswith("<!doctype html>")
    assert json.loads((tmp_path / "a.json").read_text())["schema"] == "pgaudit-review/1"
    assert yaml.safe_load((tmp_path / "a.yaml").read_text())["evidence_checklist"]


@pytest.mark.pg("== 18")
def test_an_earlier_review_a_context_and_a_proposal_are_taken_together(faulty: Database, tmp_path: Path) -> None:
    first = tmp_path / "first.json"
    assert pgaudit("review", faulty.dsn, "-o", str(first), "--no-shadow").code == 0
    with faulty.connect() as connection:
        connection.execute("alter table keyless add primary key (id)")
    context, proposal = tmp_path / "c.yaml", tmp_path / "p.sql"
    assert pgaudit("context", "init", faulty.dsn, "-o", str(context)).code == 0
    proposal.write_text("create table later (id integer);\n")
    ran = pgaudit(
        "review",
        faulty.dsn,
        "--previous",
        str(first),
        "--context",
        str(context),
        "--proposal",
        str(proposal),
        "--no-shadow",
    )
    assert ran.code == 0
    assert "| Fixed | Table without a primary key |" in ran.out
    assert "later has no primary key" in ran.out


@pytest.mark.pg("== 18")
def test_a_review_of_another_database_is_a_usage_error(faulty: Database, tmp_path: Path) -> None:
    first = tmp_path / "first.json"
    assert pgaudit("review", faulty.dsn, "-o", str(first), "--no-shadow").code == 0
    content = json.loads(first.read_text())
    content["target"]["database"] = "another"
    first.write_text(json.dumps(content))
    ran = pgaudit("review", faulty.dsn, "--previous", str(first))
    assert ran.code == 2
    assert "a review of another" in ran.err


@pytest.mark.pg("== 18")
def test_reviews_that_are_recorded_show_how_verdicts_came_and_went(faulty: Database, tmp_path: Path) -> None:
    store, made = str(tmp_path / "history.sqlite3"), tmp_path / "a.json"
    told: list[tuple[str, float]] = []
    for repair in ("alter table keyless add primary key (id)", "select 1"):
        ran = pgaudit("review", faulty.dsn, "--no-shadow", "--record", "--store", store, "-o", str(made))
        assert (ran.code, f"recorded as {json.loads(made.read_text())['target']['name']}" in ran.err) == (0, True)
        document = json.loads(made.read_text())["document"]
        told.insert(0, (document["sign_off"]["readiness"], document["assessment"]["score"]))
        faulty.execute(repair)
    listed = pgaudit("history", "--reviews", "--store", store, "-f", "json")
    entries = [one["entry"] for one in json.loads(listed.out)]
    assert [(one["verdict"], one["score"]) for one in entries] == told
    assert entries[1]["high_issues"] - entries[0]["high_issues"] == 1
    shown = pgaudit("history", "--reviews", "--store", store).out.splitlines()
    assert shown[0].partition("target")[2].split()[:5] == ["format", "verdict", "score", "critical", "high"]
    assert len(shown) == 3


def test_what_was_never_reviewed_or_only_reviewed_is_told_so(tmp_path: Path) -> None:
    store = str(tmp_path / "history.sqlite3")
    opened = open_store(store)
    try:
        record_review(opened, ReviewEntry("shop", datetime(2026, 3, 2, tzinfo=UTC), "panel", "offline rules", "aa01"))
    finally:
        opened.close()
    questions: list[tuple[list[str], str]] = [
        (["shop"], "no run was recorded as 'shop': its reviews are under --reviews"),
        (["reviews"], "reviews are under --reviews"),
        (["shop/staging", "--reviews"], "no review was recorded as 'shop/staging': latest are of shop"),
        (["shop", "--reviews", "--export", str(tmp_path)], "it stands beside --reviews"),
    ]
    for arguments, says in questions:
        ran = pgaudit("history", *arguments, "--store", store)
        assert (ran.code, ran.out, says in ran.err) == (2, "", True), ran.err
    shown = pgaudit("history", "shop", "--reviews", "--store", store).out
    assert shown.partition(" panel ")[2].split()[:4] == ["unknown"] * 4


@pytest.mark.pg("== 18")
def test_findings_fail_the_run_only_where_that_is_asked_for(faulty: Database) -> None:
    assert pgaudit("review", faulty.dsn, "-f", "position-card", "--no-shadow").code == 0
    assert pgaudit("review", faulty.dsn, "-f", "position-card", "--no-shadow", "--fail-on", "high").code == 1
    assert (
        pgaudit("review", faulty.dsn, "-f", "position-card", "--no-shadow", "--fail-on", "high", "--exit-zero").code
        == 0
    )


@pytest.mark.pg("== 18")
def test_a_second_review_tells_what_became_of_each_issue(database: Database, tmp_path: Path) -> None:
    """Some fixed, one in part, one made worse, one left, one new, and one privilege revoked."""
    role = f"{database.name}_auditor"
    hba = ("execute on function pg_catalog.pg_hba_file_rules()", "select on pg_catalog.pg_hba_file_rules")
    database.execute(
        "create schema app;"
        "create table app.a (id integer primary key, b integer); create index a1 on app.a (b);"
        "create index a2 on app.a (b); create index a3 on app.a (b);"
        "create table app.b (id integer primary key, price real, doc json); create table app.c (id integer);"
        f"create role {role} login in role pg_monitor; grant {hba[0]} to {role}; grant {hba[1]} to {role}"
    )
    dsn = make_conninfo(database.dsn, user=role)
    first, second = tmp_path / "review.json", tmp_path / "second.json"
    try:
        assert pgaudit("review", dsn, "-f", "checklist", "-o", str(first), "--no-shadow").code == 0
        database.execute(
            "drop index app.a3; alter table app.b alter column price type numeric;"
            "create table app.d (id integer); create table app.e (at timestamp, id integer primary key);"
            f"revoke {hba[0]} from {role}; revoke {hba[1]} from {role}"
        )
        ran = pgaudit("review", dsn, "--previous", str(first), "--no-shadow", "-o", str(second))
    finally:
        database.execute(f"drop owned by {role}; drop role {role}")
    assert ran.code == 0, ran.err
    rows = json.loads(second.read_text())["document"]["statuses"]["rows"]
    told = {row["cells"][1]["text"]: row["cells"][0]["text"] for row in rows}
    assert told["Amount of money as floating point"] == "Fixed"
    assert told["Duplicate index"] == "Partially Fixed"
    assert told["json where jsonb would do"] == "Not Fixed"
    assert told["Table without a primary key"] == "Worse"
    assert told["Timestamp without time zone"] == "New"
    assert told["Login without proof or with a clear-text password"] == "Not Verified"


def test_mistakes_are_told_before_anything_is_connected_to(tmp_path: Path) -> None:
    nowhere = "postgresql://127.0.0.1:1/none"
    for arguments, says in (
        (("-f", "essay"), "'essay' is no review"),
        (("-o", "review.docx"), "names no form"),
        (("-o", str(tmp_path / "none" / "a.md")), "folder does not exist"),
        (("--context", str(tmp_path / "none.yaml")), "No such file"),
        (("--fail-on", "awful"), "no severity"),
    ):
        ran = pgaudit("review", nowhere, *arguments)
        assert (ran.code, says in ran.err) == (2, True), ran.err


def test_a_server_that_is_not_there_is_a_target_error() -> None:
    assert pgaudit("review", "postgresql://127.0.0.1:1/none").code == 3


def test_context_init_writes_over_nothing(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("rpo: 5 minutes\n")
    ran = pgaudit("context", "init", "postgresql://127.0.0.1:1/none", "-o", str(tmp_path / "c.yaml"))
    assert ran.code == 2
    assert "--force" in ran.err
    assert (tmp_path / "c.yaml").read_text() == "rpo: 5 minutes\n"


def without_a_client(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A run of the program in which importing a client of a language model, or what carries it, fails."""
    code = (
        "import sys\nfor name in ('anthropic', 'httpx2', 'httpcore2'): sys.modules[name] = None\n"
        "sys.argv = ['pgaudit', *sys.argv[1:]]\nfrom pgaudit.cli.main import main\nmain()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment({"ANTHROPIC_API_KEY": "unused"}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_needs_no_client_of_a_language_model(command: str) -> None:
    done = without_a_client(*filter(None, (command, "--help")))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.pg("== 18")
def test_scan_gate_and_review_need_no_client_of_a_language_model_in_any_format(
    faulty: Database, tmp_path: Path
) -> None:
    (tmp_path / "m.sql").write_text("create table later (id integer);\nalter table keyless add column a integer;\n")
    files = [f"-o{name}={tmp_path / name}" for name in FORMATS]
    scanned = without_a_client("scan", faulty.dsn, "--exit-zero", "--store", str(tmp_path / "s.sqlite3"), *files)
    assert scanned.returncode == 0, scanned.stderr
    gated = without_a_client("gate", str(tmp_path / "m.sql"), "--dsn", faulty.dsn, "--exit-zero", *files)
    assert gated.returncode == 0, gated.stderr
    reviewed = without_a_client("review", faulty.dsn, "--no-shadow", "-o", str(tmp_path / "r.html"))
    assert reviewed.returncode == 0, reviewed.stderr


def test_no_check_rule_or_renderer_imports_a_client_of_a_language_model() -> None:
    code = (
        "import importlib, pkgutil, sys\nimport migrations_safety, pgaudit.reports, probes\n"
        "for name in ('anthropic', 'httpx2', 'httpcore2'): sys.modules[name] = None\n"
        "for package in (migrations_safety, probes, pgaudit.reports):\n"
        "    for one in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        importlib.import_module(one.name)\n"
        "print(len([name for name in sys.modules if name.startswith('migrations_safety.rules.')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(done.stdout) > 50
