"""Where the subcommands of an ALTER statement begin: the tree does not say."""

from __future__ import annotations

import re

from probes.sql import lexis

_BLANK = lexis.BLANK.pattern
_WORD_END = rb"(?![" + lexis.IDENTIFIER_BYTES + rb"])" + _BLANK
_NAME = lexis.repeated(rb"\"[^\"]*\"|[" + lexis.IDENTIFIER_BYTES + rb"]|" + lexis.TEMPLATE_TOKEN.pattern, 1) + _BLANK
_KIND = (
    rb"(?:(?:foreign"
    + _WORD_END
    + rb")?table|(?:materialized"
    + _WORD_END
    + rb")?view|index|sequence|type)"
    + _WORD_END
)
_HEAD = re.compile(
    rb"alter" + _WORD_END + _KIND
    + rb"(?:if" + _WORD_END + rb"exists" + _WORD_END + rb")?(?:only" + _WORD_END + rb")?"
    + rb"(\(" + _BLANK + rb")?" + _NAME + lexis.repeated(rb"\." + _BLANK + _NAME)
    + rb"(?(1)\)" + _BLANK + rb")(?:\*" + _BLANK + rb")?",
    re.IGNORECASE | re.DOTALL,
)  # fmt: skip
"""ALTER TABLE and its kind up to the first subcommand."""
_TOKEN = re.compile(
    rb"(?<![" + lexis.IDENTIFIER_BYTES + rb"])[eE]" + lexis.ESCAPE_STRING.pattern
    + rb"|'[^']*'|\"[^\"]*\"|--[^\n\r]*+|/\*" + lexis.repeated(rb"[^*]|\*(?!/)") + rb"\*/"
    + rb"|(?P<tag>" + lexis.DOLLAR_TAG.pattern + rb").*?(?P=tag)|" + lexis.TEMPLATE_TOKEN.pattern
    + rb"|(?P<mark>[()\[\],])",
    re.DOTALL,
)  # fmt: skip
"""Brackets and commas outside quotes, comments and placeholders: `mark`, unset for what is stepped over."""
_OPENING, _CLOSING = frozenset({b"(", b"["}), frozenset({b")", b"]"})


def subcommand_offsets(data: bytes, start: int, end: int) -> list[int]:
    """The byte offset of each subcommand between two offsets, in order; empty where the head is not understood.

    Nested comments are not followed: then there may be more or fewer than the parser finds.
    """
    head = _HEAD.match(data, start, end)
    if head is None:
        return []
    found = [head.end()]
    depth = 0
    for token in _TOKEN.finditer(data, head.end(), end):
        mark = token["mark"]
        depth += (mark in _OPENING) - (mark in _CLOSING)
        if mark == b"," and not depth:
            blank = lexis.BLANK.match(data, token.end(), end)
            found.append(blank.end() if blank else token.end())
    return found
