"""Statements of the workload without their constants and comments."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

from pglast import Error, keywords
from pglast.parser import scan

_CONSTANTS = frozenset({"SCONST", "USCONST", "BCONST", "XCONST", "ICONST", "FCONST"})
_COMMENTS = frozenset({"SQL_COMMENT", "C_COMMENT"})
_READS_AND_WRITES = frozenset({"select", "insert", "update", "delete", "with", "merge"})


@functools.cache
def key_words() -> frozenset[str]:
    """Every key word of the grammar, in lower case."""
    return frozenset(
        word.lower()
        for group in ("COL_NAME_KEYWORDS", "RESERVED_KEYWORDS", "TYPE_FUNC_NAME_KEYWORDS", "UNRESERVED_KEYWORDS")
        for word in getattr(keywords, group)
    )


def without_constants(sql: str, rename: Callable[[str], str]) -> str | None:
    """A statement that reads or writes rows, with `?` for constants and its names renamed; None for any other.

    Utility statements hold passwords, and what cannot be scanned may hold anything: neither leaves.
    """
    try:
        words = list(_words(sql, rename))
    except (Error, UnicodeError):
        return None
    return " ".join(words) if words and words[0].lower() in _READS_AND_WRITES else None


def _words(sql: str, rename: Callable[[str], str]) -> Iterator[str]:
    # the scanner counts characters of the string that it was given
    for token in scan(sql):
        text = sql[token.start : token.end + 1]
        if token.name in _COMMENTS:
            continue
        if token.name in _CONSTANTS:
            yield "?"
        elif token.name in {"IDENT", "UIDENT"}:
            yield rename(text.strip('"'))
        else:
            yield text
