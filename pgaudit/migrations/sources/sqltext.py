"""The first words of statements, for tools that decide by them; the script layer reads statements properly."""

from __future__ import annotations

import re
from collections.abc import Iterator

# What is left open runs to the end of the text, so that no input makes this slower than linear.
_INERT = re.compile(
    r"--[^\n]*|/\*.*?(?:\*/|\Z)|'(?:''|[^'])*(?:'|\Z)|\"(?:\"\"|[^\"])*(?:\"|\Z)"
    r"|(\$(?:[A-Za-z_]\w*)?\$).*?(?:\1|\Z)",
    re.DOTALL,
)
_HEAD_CHARACTERS = 2000
_HEAD_WORDS = 6


def statement_heads(text: str) -> Iterator[str]:
    """The first words of each statement, single spaces between them, comments and string contents left out."""
    for statement in _INERT.sub(" ", text).split(";"):
        if head := " ".join(statement[:_HEAD_CHARACTERS].split()[:_HEAD_WORDS]):
            yield head
