"""Filling the HTML template."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pgaudit.reports.contract import BaselineState
from pgaudit.reports.escaping import is_comment, json_safe, printable, sql_lines
from pgaudit.reports.html.charts import areas, segments
from pgaudit.reports.html.drawing import HATCHES
from pgaudit.reports.html.history import history
from pgaudit.reports.interface import Published, View
from pgaudit.reports.page import Frame, Item, Kind, Page, counts, groups
from pgaudit.reports.paging import page_of
from pgaudit.reports.words import arithmetic, counted_states, tally

_PACKAGE = "pgaudit.reports.html"
_LONG_EVIDENCE_CHARACTERS = 200
_BUILT_FINDINGS = 200
"""What is in later ones is built when they are unfolded, copied or printed, or at once by a browser without scripts."""
_WORSE = (BaselineState.WORSE, BaselineState.REOPENED, BaselineState.NEW)
_MOST_WORSE = 20


def render(report: Published, view: View) -> str:
    """The whole page. Style and script are inline, allowed by their hashes alone: nothing a report holds can run."""
    page = page_of(report)
    shown = page.shown(view.min_severity)
    style, script = _text("style.css"), _text("page.js")
    context: dict[str, Any] = {
        "page": page,
        "is_scan": page.kind is Kind.SCAN,
        "items": shown,
        "accepted": page.suppressed_items,
        "groups": groups(shown),
        "areas": areas(shown),
        "severity_bar": segments(shown, max(len(shown), 1)),
        "severities": [(severity, count) for severity, count in counts(shown).items()],
        "tally": tally(page.open_items),
        "states": counted_states(page),
        "worse": _worse(page, shown),
        "most_worse": _MOST_WORSE,
        "history": history(view.trends) if view.trends and page.kind is Kind.SCAN else None,
        "hatches": HATCHES,
        "arithmetic": arithmetic(page.score) if page.score else None,
        "style": Markup(style),  # noqa: S704 - a file of this package
        "script": Markup(script),  # noqa: S704 - likewise
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        "long": _LONG_EVIDENCE_CHARACTERS,
        "built": _BUILT_FINDINGS,
        "sql_text": _sql,
        "raw_sql": _raw_sql,
        "printable": printable,
        "frame_lines": _frame,
    }
    return _environment().get_template("page.html").render(context)


def _worse(page: Page, shown: tuple[Item, ...]) -> list[Item]:
    """What got worse since the run before, worst first; nothing where there was none."""
    found = [item for item in shown if item.state in _WORSE] if page.since else []
    return sorted(found, key=lambda item: -item.severity.rank)


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader(_PACKAGE, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _sql(statements: tuple[str, ...]) -> str:
    return "\n".join(line for statement in statements for line in sql_lines(statement))


def _raw_sql(statements: tuple[str, ...]) -> str:
    """The SQL to copy where it differs from what is shown, as a JSON string of plain ASCII; else nothing."""
    raw = "\n".join(one if is_comment(one) else f"{one.rstrip().rstrip(';')};" for one in statements)
    return "" if raw == _sql(statements) else json_safe(json.dumps(raw))


def _frame(frame: Frame) -> list[tuple[int, str]]:
    lead = " " * (frame.column - 1)
    lines = [printable(line.replace("\t", "    ")) for line in f"{lead}{frame.sql}".split("\n")]
    return list(enumerate(lines, start=frame.line))


def _text(name: str) -> str:
    return resources.files(_PACKAGE).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
