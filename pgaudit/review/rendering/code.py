"""Code as a review shows it: fit to be copied, and with nothing that a terminal obeys."""

from __future__ import annotations

from pgaudit.reports.escaping import printable, script_lines
from pgaudit.review.layout.blocks import Code


def code_as_shown(code: Code) -> str:
    """Its text. Names in SQL with characters that are not shown are written in PostgreSQL's escapes."""
    if code.language == "sql":
        return "\n".join(script_lines(code.text))
    return "\n".join(map(printable, code.text.split("\n")))
