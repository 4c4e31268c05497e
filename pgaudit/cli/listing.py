"""Lists on stdout: a table for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pgaudit.errors import BadConfiguration


def wants_json(format_name: str) -> bool:
    """Whether a list is asked for as JSON rather than as text. Raises BadConfiguration for another format."""
    if format_name not in {"text", "json"}:
        raise BadConfiguration("--format", f"{format_name!r} is no format", "choose text or json")
    return format_name == "json"


def json_text(rows: Sequence[object]) -> str:
    """The rows as JSON, indented, ending in a newline."""
    return json.dumps(rows, indent=2) + "\n"


def table(rows: Sequence[tuple[str, ...]], what: str) -> str:
    """The rows in columns, the last as wide as it is, and how many there are of what."""
    widths = [max(len(cell) for cell in column) for column in list(zip(*rows, strict=True))[:-1]]
    lines = [
        "  ".join([*(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)), row[-1]]) for row in rows
    ]
    return "\n".join([*lines, f"{len(rows)} {what}"]) + "\n"
