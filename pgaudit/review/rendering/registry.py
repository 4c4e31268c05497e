"""Output forms of a review by name and by the end of a path."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path

from pgaudit.errors import BadConfiguration
from pgaudit.review.documents.envelope import Review

FORMS: dict[str, str] = {
    "markdown": "pgaudit.review.rendering.markdown:render_markdown",
    "html": "pgaudit.review.rendering.html:render_html",
    "json": "pgaudit.review.rendering.json_text:render_json",
    "yaml": "pgaudit.review.rendering.yaml_text:render_yaml",
}
_SUFFIXES = {".md": "markdown", ".html": "html", ".htm": "html", ".json": "json", ".yaml": "yaml", ".yml": "yaml"}


def form_of(path: Path) -> str:
    """The form that a path ends in. Raises BadConfiguration."""
    found = _SUFFIXES.get(path.suffix)
    if found is None:
        raise BadConfiguration("--output", f"'{path}' names no form", f"end it in {', '.join(_SUFFIXES)}")
    return found


def render(review: Review, form: str) -> str:
    """The review in a form."""
    module, _, function = FORMS[form].partition(":")
    made: Callable[[Review], str] = getattr(importlib.import_module(module), function)
    return made(review)
