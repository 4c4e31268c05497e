"""Writing identifiers and literals as SQL, as the server's quote_ident() and quote_literal() do."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*\Z")

# Every key word of PostgreSQL 18 that pg_get_keywords() does not call unreserved: quote_ident() quotes these.
_QUOTED_KEYWORDS = frozenset(
    (
        "@@KEYWORDS@@"
    ).split()
)


def quoted(identifier: str) -> str:
    """The identifier as SQL, quoted only where the server would quote it."""
    if _PLAIN.match(identifier) and identifier not in _QUOTED_KEYWORDS:
        return identifier
    return '"' + identifier.replace('"', '""') + '"'


def qualified(schema: str, name: str) -> str:
    """`schema.name` as SQL."""
    return f"{quoted(schema)}.{quoted(name)}"


def literal(text: str) -> str:
    """A string literal that means the same whatever standard_conforming_strings says."""
    body = text.replace("'", "''")
    if "\\" in body:
        return " E'" + body.replace("\\", "\\\\") + "'"
    return f"'{body}'"
