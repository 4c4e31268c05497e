"""Findings as CSV (RFC 4180), for spreadsheets: one row each, the same columns for scans and gates."""

from __future__ import annotations

import csv
import io

from pgaudit.reports.escaping import printable, sql_lines
from pgaudit.reports.interface import Published, View
from pgaudit.reports.page import Item
from pgaudit.reports.paging import page_of

COLUMNS = (
    "severity",
    "confidence",
    "rule",
    "object_kind",
    "schema",
    "table",
    "name",
    "columns",
    "file",
    "line",
    "message",
    "evidence",
    "fix",
    "advice",
    "suppressed",
    "state",
    "id",
)
# A spreadsheet runs a cell that starts so; an apostrophe before it keeps it text.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def render(report: Published, view: View) -> str:
    """A header and one row for each finding, accepted ones too."""
    page = page_of(report)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for item in page.items:
        if item.severity.at_least(view.min_severity):
            writer.writerow([not_a_formula(value) for value in _row(item)])
    return text.getvalue()


def _row(item: Item) -> list[str]:
    suppressed = printable(item.suppressed.reason) if item.suppressed else ""
    return [
        item.severity.value,
        item.confidence.value,
        item.rule,
        *_object_cells(item),
        *((printable(item.place.path), str(item.place.line)) if item.place.is_file else ("", "")),
        item.message,
        "; ".join(f"{label} {value}" for label, value in item.evidence),
        "\n".join(line for statement in item.sql for line in sql_lines(statement)),
        item.advice or item.note or "",
        suppressed,
        "introduced" if item.introduced else item.state.value if item.state else "",
        item.id,
    ]


def _object_cells(item: Item) -> tuple[str, ...]:
    subject = item.object
    if subject is None:
        return ("statement", "", "", "", "")
    names = (subject.kind, subject.schema or "", subject.table or "", subject.name, ", ".join(subject.columns))
    return tuple(map(printable, names))


def not_a_formula(value: str) -> str:
    """The value as text that a spreadsheet does not run."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value
