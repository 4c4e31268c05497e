"""The report as GitLab's Code Quality artifact."""

from __future__ import annotations

from typing import Any

import msgspec

from pgaudit.reports.escaping import json_safe, printable
from pgaudit.reports.interface import Published, View
from pgaudit.reports.page import Item
from pgaudit.reports.paging import page_of
from probes.finding import Severity

_SEVERITIES = {
    Severity.CRITICAL: "blocker",
    Severity.HIGH: "critical",
    Severity.MEDIUM: "major",
    Severity.LOW: "minor",
    Severity.INFO: "info",
}


def render(report: Published, view: View) -> str:
    """One entry for each open finding."""
    entries = [_entry(item) for item in page_of(report).shown(view.min_severity)]
    return json_safe(msgspec.json.format(msgspec.json.encode(entries), indent=2).decode()) + "\n"


def _entry(item: Item) -> dict[str, Any]:
    described = item.message if item.place.is_file else f"{item.subject}: {item.message}"
    return {
        "description": described,
        "check_name": item.rule,
        "fingerprint": item.id,
        "severity": _SEVERITIES[item.severity],
        "location": {"path": printable(item.place.path), "lines": {"begin": item.place.line}},
    }
