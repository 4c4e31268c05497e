"""Output formats by name. A renderer is imported when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from pgaudit.errors import BadConfiguration
from pgaudit.reports.interface import Published, Renderer, View

_JSON = "pgaudit.reports.json_text:render"
FORMATS: dict[str, str] = {
    "text": "pgaudit.reports.text:render",
    "concise": "pgaudit.reports.concise:render",
    "json": _JSON,
    "json-v1": _JSON,
    "json-lines": "pgaudit.reports.json_lines:render",
    "sarif": "pgaudit.reports.sarif:render",
    "markdown": "pgaudit.reports.markdown:render",
    "html": "pgaudit.reports.html:render",
    "junit": "pgaudit.reports.junit:render",
    "github": "pgaudit.reports.github:render",
    "gitlab": "pgaudit.reports.gitlab:render",
    "csv": "pgaudit.reports.comma_separated:render",
    "prometheus": "pgaudit.reports.prometheus:render",
}


def parts(name: str, report: Published, view: View) -> Iterator[str]:
    """The text of a report in a format, in pieces where it may be very long. Raises BadConfiguration."""
    if FORMATS.get(name) == _JSON:
        from pgaudit.reports import json_text  # noqa: PLC0415 - as every renderer

        yield from json_text.parts(report)
    else:
        yield renderer(name)(report, view)


def renderer(name: str) -> Renderer:
    """The renderer of a format. Raises BadConfiguration for a name that is none."""
    if name not in FORMATS:
        raise BadConfiguration("--format", f"{name!r} is no format", f"choose one of {', '.join(sorted(FORMATS))}")
    module, _, function = FORMATS[name].partition(":")
    found: Renderer = getattr(importlib.import_module(module), function)
    return found
