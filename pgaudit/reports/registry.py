"""Output formats by name. A renderer is imported when it is asked for."""

from __future__ import annotations

import importlib

from pgaudit.errors import BadConfiguration
from pgaudit.reports.interface import Renderer

FORMATS: dict[str, str] = {
    "text": "pgaudit.reports.text:render",
    "concise": "pgaudit.reports.concise:render",
    "json": "pgaudit.reports.json_text:render",
    "json-v1": "pgaudit.reports.json_text:render",
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


def renderer(name: str) -> Renderer:
    """The renderer of a format. Raises BadConfiguration for a name that is none."""
    if name not in FORMATS:
        raise BadConfiguration("--format", f"{name!r} is no format", f"choose one of {', '.join(sorted(FORMATS))}")
    module, _, function = FORMATS[name].partition(":")
    found: Renderer = getattr(importlib.import_module(module), function)
    return found
