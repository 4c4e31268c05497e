"""The first words of statements, for tools that decide by them; the script layer reads statements properly."""

from __future__ import annotations

import re
from collections.abc import Iterator

# What is left open runs to the end of the text, so that no input makes this slower than linear.
_TOKEN = re.compile(
    r"(;)|--[^\n]*|/\*.*?(?:\*/|\Z)|'(?:''|[^'])*(?:'|\Z)|\"(?:\"\"|[^\"])*(?:\"|\Z)"
    r"|(\$(?:[A-Za-z_]\w*)?\$).*?(?:\2|\Z)",
    re.DOTALL,
)
_HEAD_CHARACTERS = 2000
_HEAD_WORDS = 6


def statement_heads(text: str) -> Iterator[str]:
    """The first words of each statement, single spaces between them, comments and string contents left out.

    The text is walked once and never copied: it may be large.
    """
    head = ""
    offset = 0
    for match in _TOKEN.finditer(text):
        head = _longer(head, text, offset, match.start())
        offset = match.end()
        if match[1]:
            yield from _words(head)
            head = ""
    yield from _words(_longer(head, text, offset, len(text)))


def _longer(head: str, text: str, start: int, end: int) -> str:
    wanted = _HEAD_CHARACTERS - len(head)
    return f"{head} {text[start : min(end, start + wanted)]}" if wanted > 0 else head


def _words(head: str) -> Iterator[str]:
    if words := " ".join(head.split()[:_HEAD_WORDS]):
        yield words
