"""The published contract, as JSON."""

from __future__ import annotations

from pgaudit.reports.contract import Report, to_json
from pgaudit.reports.interface import View


def render(report: Report, view: View) -> str:
    """The report as JSON. A view never changes what is stored: it is ignored."""
    del view
    return to_json(report)
