"""`pgaudit report`, several outputs in one run, and what a GitHub workflow is told."""

from __future__ import annotations

import json
import resource
import subprocess
from pathlib import Path

import pytest

from pgaudit.cli.outputs import parse_outputs
from pgaudit.errors import OutputNotWritable
from pgaudit.reports import contract, gate_contract
from tests.pgaudit.cli.running import command, environment, pgaudit
from tests.pgaudit.reports.samples import gate, many, ordinary


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "saved.json"
    path.write_text(contract.to_json(ordinary()))
    return path


def test_a_saved_report_is_rendered_again(saved: Path) -> None:
    ran = pgaudit("report", str(saved))
    assert ran.code == 0
    assert ran.out.startswith("staging/shop: PostgreSQL 16.4")


def test_a_saved_gate_report_is_rendered_again(tmp_path: Path) -> None:
    path = tmp_path / "gate.json"
    path.write_text(gate_contract.to_json(gate()))
    assert "--> migrations/0042_orders.sql:6:28" in pgaudit("report", str(path)).out


def test_json_to_json_changes_nothing(saved: Path) -> None:
    assert pgaudit("report", str(saved), "-f", "json").out == saved.read_text()


def test_a_report_comes_from_stdin(saved: Path) -> None:
    assert pgaudit("report", "-", "-f", "concise", input=saved.read_text()).out.count("\n") == 4


def test_several_outputs_are_written_in_one_run(saved: Path, tmp_path: Path) -> None:
    names = ("a.sarif", "a.html", "a.md", "a.xml", "a.csv", "a.jsonl", "a.txt")
    ran = pgaudit(
        "report", str(saved), "-f", "json", *(part for name in names for part in ("-o", str(tmp_path / name)))
    )
    assert ran.code == 0
    assert json.loads(ran.out)["schema"] == "pgaudit-report/1"
    assert [name for name in names if not (tmp_path / name).stat().st_size] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"schema": "pgaudit-report/2", "new": true}', "has the contract pgaudit-report/2, this pgaudit reads up to"),
        ('{"schema": "pgaudit-gate/7"}', "upgrade with: pip install"),
        ('{"schema": "trivy/1"}', "is no contract of pgaudit's"),
        ('{"schema": "pgaudit-report/1"}', "damaged"),
        ("not json", "no JSON report"),
        ("", "no JSON report"),
    ],
)
def test_a_file_that_is_no_report_of_ours_is_refused_in_one_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content)
    ran = pgaudit("report", str(path))
    assert (ran.code, ran.out) == (3, "")
    assert said in ran.err
    assert len(ran.error_lines) == 1


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(b'{"schema": "\xff\xfe"}')
    assert pgaudit("report", str(path)).code == 3


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    ran = pgaudit("report", str(tmp_path / "none.json"))
    assert (ran.code, "No such file" in ran.err) == (3, True)


def test_a_full_disk_costs_one_output_and_nothing_else(saved: Path, tmp_path: Path) -> None:
    after = tmp_path / "after.md"
    ran = pgaudit("report", str(saved), "-o", "html=/dev/full", "-o", str(after), "-f", "concise")
    assert ran.code == 2
    assert "/dev/full (No space left on device)" in ran.err
    assert after.read_text().startswith("<!-- pgaudit:scan")
    assert ran.out.count("\n") == 4


def test_a_folder_that_takes_no_files_costs_one_output_and_nothing_else(saved: Path, tmp_path: Path) -> None:
    after = tmp_path / "after.csv"
    ran = pgaudit("report", str(saved), "-o", str(after), "-o", "json=/proc/report.json", "-f", "concise")
    assert ran.code == 2
    assert "cannot write /proc/report.json" in ran.err
    assert str(after) not in ran.err
    assert after.exists()
    assert ran.out.count("\n") == 4


def test_a_disk_that_fills_half_way_leaves_no_half_file_and_keeps_the_earlier_one(tmp_path: Path) -> None:
    saved = tmp_path / "many.json"
    saved.write_text(contract.to_json(many(1000)))
    page, small = tmp_path / "page.html", tmp_path / "small.txt"
    page.write_text("yesterday's")
    ran = subprocess.run(
        command("report", str(saved), "-o", str(page), "-o", str(small), "-qq"),
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert ran.returncode == 2
    assert page.read_text() == "yesterday's"
    assert small.stat().st_size > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["many.json", "page.html", "small.txt"]


def test_a_device_is_written_to_and_stays_a_device(saved: Path) -> None:
    assert pgaudit("report", str(saved), "-o", "json=/dev/null", "-qq").code == 0
    assert Path("/dev/null").is_char_device()


def test_an_output_folder_that_is_missing_is_found_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(OutputNotWritable):
        parse_outputs([str(tmp_path / "none" / "x.html")])


def test_the_format_follows_from_the_ending_or_is_named(tmp_path: Path) -> None:
    found = parse_outputs([str(tmp_path / "r.sarif"), f"gitlab={tmp_path / 'gl.json'}", str(tmp_path / "r.htm")])
    assert [name for name, _ in found] == ["sarif", "gitlab", "html"]


def test_a_workflow_gets_annotations_beside_the_report(saved: Path) -> None:
    ran = pgaudit("report", str(saved), "-f", "json", env={"GITHUB_ACTIONS": "true"})
    assert json.loads(ran.out)["schema"] == "pgaudit-report/1"
    assert [line.split(" ")[0] for line in ran.error_lines] == ["::error", "::error", "::notice"]


@pytest.mark.parametrize("extra", [{"PGAUDIT_NO_GITHUB_ANNOTATIONS": "1"}, {"PGAUDIT_FORMAT": "github"}])
def test_annotations_can_be_turned_off_and_are_never_doubled(saved: Path, extra: dict[str, str]) -> None:
    ran = pgaudit("report", str(saved), env={"GITHUB_ACTIONS": "true", **extra})
    assert ran.err == ""


def test_a_workflow_gets_a_summary_and_outputs(saved: Path, tmp_path: Path) -> None:
    summary, outputs = tmp_path / "summary.md", tmp_path / "outputs"
    summary.write_text("earlier step\n")
    env = {"GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(outputs)}
    page = tmp_path / "r.html"
    assert pgaudit("report", str(saved), "-o", str(page), env=env).code == 0
    assert summary.read_text().startswith("earlier step\n<!-- pgaudit:scan:staging/shop -->")
    assert outputs.read_text() == f"findings=4\nhigh=2\nnew=1\nscore=65\nreport={page}\n"


def test_a_summary_that_cannot_be_written_is_only_said(saved: Path) -> None:
    ran = pgaudit("report", str(saved), env={"GITHUB_STEP_SUMMARY": "/proc/summary.md"})
    assert ran.code == 0
    assert "cannot write /proc/summary.md" in ran.err
