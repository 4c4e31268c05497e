"""Output formats by name. A renderer is imported when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable

from pgaudit.errors import BadConfiguration
from pgaudit.reports.contract import Report
from pgaudit.reports.interface import View

FORMATS: dict[str, str] = {
    "text": "pgaudit.reports.text:render",
    "json": "pgaudit.reports.json_text:render",
    "json-v1": "pgaudit.reports.json_text:render",
}


def renderer(name: str) -> Callable[[Report, View], str]:
    """The renderer of a format. Raises BadConfiguration for a name that is none."""
    if name not in FORMATS:
        raise BadConfiguration("--format", f"{name!r} is no format", f"choose one of {', '.join(sorted(FORMATS))}")
    module, _, function = FORMATS[name].partition(":")
    found: Callable[[Report, View], str] = getattr(importlib.import_module(module), function)
    return found
