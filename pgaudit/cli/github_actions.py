"""What a GitHub workflow is told beside the report: annotations, the summary of the step, its outputs."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from pgaudit.cli.terminal import remark
from pgaudit.reports.interface import Published, View
from pgaudit.reports.paging import page_of
from pgaudit.reports.registry import renderer
from probes.finding import Severity

_FORMAT = "github"


def tell_github(
    report: Published,
    format_name: str,
    outputs: Sequence[tuple[str, Path]],
    view: View,
    environment: Mapping[str, str],
) -> None:
    """Tell the workflow what was found; nothing outside of one.

    Annotations go to stderr, which the runner reads too: stdout may be a file of JSON.
    """
    unwanted = environment.get("PGAUDIT_NO_GITHUB_ANNOTATIONS") or format_name == _FORMAT
    if environment.get("GITHUB_ACTIONS") == "true" and not unwanted:
        sys.stderr.write(renderer(_FORMAT)(report, view))
        sys.stderr.flush()
    if environment.get("GITHUB_STEP_SUMMARY"):
        _append(Path(environment["GITHUB_STEP_SUMMARY"]), renderer("markdown")(report, view))
    if environment.get("GITHUB_OUTPUT"):
        _append(Path(environment["GITHUB_OUTPUT"]), _step_outputs(report, outputs))


def _step_outputs(report: Published, outputs: Sequence[tuple[str, Path]]) -> str:
    """`findings`, `high` (or worse), `new` (or worse than in the baseline), `score` and the first file, a line each."""
    page = page_of(report)
    found = page.open_items
    values = {
        "findings": str(len(found)),
        "high": str(sum(item.severity.at_least(Severity.HIGH) for item in found)),
        "new": str(
            sum(item.introduced or (item.state is not None and item.state.value != "unchanged") for item in found)
        ),
        "score": str(page.score.value) if page.score else "",
        "report": str(outputs[0][1]).replace("\n", " ").replace("\r", " ") if outputs else "",
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError as error:
        remark(f"cannot write {path} ({error.strerror or error}); the report itself is not touched by that")
