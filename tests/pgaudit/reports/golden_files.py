"""Whole reports as files; `python -m tests.pgaudit.reports.golden_files` writes them. Read the difference then."""

from __future__ import annotations

from pathlib import Path

from pgaudit.reports.interface import Published, View
from pgaudit.reports.registry import renderer
from tests.pgaudit.reports.samples import gate, ordinary

FOLDER = Path(__file__).parent / "golden"
SUFFIXES = {
    "text": ".txt",
    "concise": ".concise.txt",
    "json": ".json",
    "json-lines": ".jsonl",
    "sarif": ".sarif",
    "markdown": ".md",
    "html": ".html",
    "junit": ".xml",
    "github": ".github.txt",
    "gitlab": ".gitlab.json",
    "csv": ".csv",
    "prometheus": ".prom",
}


def expected() -> dict[Path, str]:
    """The path of every golden file and what should stand in it."""
    reports: dict[str, Published] = {"scan": ordinary(), "gate": gate()}
    return {
        FOLDER / f"{kind}{suffix}": renderer(name)(report, View(show_suppressed=True))
        for kind, report in reports.items()
        for name, suffix in SUFFIXES.items()
    }


if __name__ == "__main__":
    for path, text in expected().items():
        path.write_bytes(text.encode())
