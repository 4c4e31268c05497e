"""The published contract, one JSON value a line: first the report without its lists, then each of their members."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from pgaudit.reports.escaping import json_safe
from pgaudit.reports.interface import Published, View

_LISTS = {
    "statements": "statement",
    "findings": "finding",
    "introduces": "introduced",
    "resolves": "resolved",
    "skipped": "skip",
    "failed": "failure",
}


def render(report: Published, view: View) -> str:
    """One line for each member, its `type` first. A view never changes what is stored: it is ignored."""
    del view
    whole: dict[str, Any] = msgspec.to_builtins(report)
    return "".join(f"{json_safe(msgspec.json.encode(line).decode())}\n" for line in _lines(whole))


def _lines(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"type": "report", **{key: value for key, value in whole.items() if key not in _LISTS}}
    for key, name in _LISTS.items():
        for member in whole.get(key, ()):
            yield {"type": name, **member}
