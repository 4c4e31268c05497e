"""Readers that have seen enough, and a standard output that is full."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec
import pytest

from pgaudit.reports.contract import to_json
from tests.pgaudit.cli.running import command, environment
from tests.pgaudit.reports.samples import ordinary


def ended(*arguments: str, full: bool = False) -> tuple[int, str]:
    """The exit code and stderr of a command whose reader has gone, or whose standard output is full."""
    with Path("/dev/full").open("wb") as device:
        running = subprocess.Popen(
            command(*arguments),
            env=environment(),
            stdout=device if full else subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    if running.stdout is not None:
        running.stdout.close()
    assert running.stderr is not None
    said = running.stderr.read()
    return running.wait(timeout=60), said


def test_a_reader_that_goes_away_changes_neither_the_exit_code_nor_the_files(tmp_path: Path) -> None:
    saved, page = tmp_path / "saved.json", tmp_path / "page.md"
    saved.write_text(to_json(ordinary()))
    for format_name in ("text", "json"):
        assert ended("report", str(saved), "-f", format_name, "-o", str(page)) == (0, "")
        assert "app.invoices" in page.read_text("utf-8")
        page.unlink()
    empty = tmp_path / "empty.json"
    empty.write_text(to_json(msgspec.structs.replace(ordinary(), findings=())))
    assert ended("diff", str(empty), str(saved)) == (1, "")
    assert ended("diff", str(saved), str(saved)) == (0, "")


@pytest.mark.parametrize("arguments", [("rules",), ("rules", "-f", "json"), ("--help",), ("scan", "--help")])
def test_nobody_who_reads_a_list_or_a_help_text_to_its_end_finds_nothing(arguments: tuple[str, ...]) -> None:
    assert ended(*arguments) == (0, "")


@pytest.mark.parametrize("arguments", [("rules",), ("--help",), ("explain", "unindexed_foreign_key")])
def test_a_standard_output_that_is_full_is_one_line(arguments: tuple[str, ...]) -> None:
    code, said = ended(*arguments, full=True)
    assert code == 2
    assert said.startswith("pgaudit: cannot write standard output (No space left on device): ")
    assert said.count("\n") == 1
