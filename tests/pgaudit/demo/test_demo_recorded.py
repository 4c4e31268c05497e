"""`pgaudit demo --record`: the run is kept where runs are kept, as one of `demo`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.pgaudit.cli.running import pgaudit


def test_the_demo_is_recorded_in_the_documented_place_and_its_report_says_what_is_new(tmp_path: Path) -> None:
    state = {"XDG_STATE_HOME": str(tmp_path)}
    page = tmp_path / "demo.html"
    ran = pgaudit("demo", "--record", "--format", "json", "--output", str(page), "--progress", "off", env=state)
    assert ran.code == 0
    assert ran.report.since is not None
    assert (ran.report.since.target, ran.report.since.previous_run_at) == ("demo", None)
    assert {one.baseline.value for one in ran.report.open_findings if one.baseline} == {"new"}
    assert (tmp_path / "pgaudit" / "history.sqlite3").is_file()
    [run] = json.loads(pgaudit("history", "demo", "--format", "json", env=state).out)
    assert run["states"] == {"new": len(ran.report.findings)}
    assert "from the second run on" in page.read_text("utf-8")
