"""`pgaudit review` and `pgaudit context init` as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

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
def test_findings_fail_the_run_only_where_that_is_asked_for(faulty: Database) -> None:
    assert pgaudit("review", faulty.dsn, "-f", "position-card", "--no-shadow").code == 0
    assert pgaudit("review", faulty.dsn, "-f", "position-card", "--no-shadow", "--fail-on", "high").code == 1
    assert (
        pgaudit("review", faulty.dsn, "-f", "position-card", "--no-shadow", "--fail-on", "high", "--exit-zero").code
        == 0
    )


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


@pytest.mark.parametrize("arguments", [("--help",), ("review", "--help"), ("scan", "--help"), ("gate", "--help")])
def test_help_loads_no_client_of_a_language_model(arguments: tuple[str, ...]) -> None:
    code = (
        "import sys\nsys.argv = ['pgaudit', *sys.argv[1:]]\nfrom pgaudit.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nprint('anthropic' in sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.strip().endswith("False")
