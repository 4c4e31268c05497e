"""Statements too large to parse, cut down to what says what they do."""

from __future__ import annotations

import re

from probes.sql import lexis
from probes.sql.parse import Parsed, parse_statement

LARGE_BYTES = 1 << 20
_HEAD_BYTES = 1 << 16
_LONG_LITERAL = re.compile(
    rb"'" + lexis.repeated(rb"[^']|''", 1000) + rb"'|\$([A-Za-z_][A-Za-z0-9_]*+)?\$.{1000,}?\$\1?\$", re.DOTALL
)
_LONG_LIST = re.compile(rb"\(" + lexis.repeated(rb"[^()']|'[^']*'", 1000) + rb"\)")
_VALUES = re.compile(rb"('[^']*'|\"[^\"]*\"|--[^\n\r]*)|\bvalues\b", re.IGNORECASE)
_PARENTHESES = re.compile(rb"'[^']*'|\"[^\"]*\"|--[^\n\r]*|([()])")
_FIRST_WORDS = re.compile(rb"(?:\w+\s+){0,3}\w+")


def parse_head(data: bytes, start: int, end: int) -> Parsed | None:
    """What can be told of the statement at these offsets from its head, or None."""
    rows = _first_row(data, start)
    if rows is not None:
        return rows
    emptied = _LONG_LITERAL.sub(b"''", data[start:end])
    if len(emptied) > LARGE_BYTES:
        emptied = _LONG_LIST.sub(b"(null)", emptied)
    if len(emptied) > LARGE_BYTES:
        return None
    return _parsed(emptied)


def first_words(data: bytes, start: int) -> str:
    """The statement's leading words."""
    found = _FIRST_WORDS.match(data, start, start + 200)
    return found.group().decode("utf-8", "replace") if found else ""


def _first_row(data: bytes, start: int) -> Parsed | None:
    """``INSERT ... VALUES`` with the first of its rows."""
    limit = start + _HEAD_BYTES
    for found in _VALUES.finditer(data, start, limit):
        if found.group(1) is None:
            end = _closing_parenthesis(data, found.end(), limit)
            return None if end is None else _parsed(data[start:end])
    return None


def _closing_parenthesis(data: bytes, start: int, limit: int) -> int | None:
    depth = 0
    for found in _PARENTHESES.finditer(data, start, limit):
        if found.group(1) is not None:
            depth += 1 if found.group(1) == b"(" else -1
            if depth == 0:
                return found.end()
    return None


def _parsed(sql: bytes) -> Parsed | None:
    found = parse_statement(sql.decode("utf-8", "replace"))
    return found if isinstance(found, Parsed) else None
