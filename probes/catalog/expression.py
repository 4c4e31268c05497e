"""Expressions as a catalog holds them: what the server deparsed, what a statement wrote, or what could not be read."""

from __future__ import annotations

import msgspec


class Stored(msgspec.Struct, frozen=True, gc=False, tag="stored"):
    """Text that the server's own deparser gave for a stored expression tree."""

    text: str


class Written(msgspec.Struct, frozen=True, gc=False, tag="written"):
    """SQL as a statement wrote it; the server has not seen it yet."""

    sql: str


class Unread(msgspec.Struct, frozen=True, gc=False, tag="unread"):
    """An expression is there, but its text was not fetched; `reason` says why."""

    reason: str


Expression = Stored | Written | Unread


def text_of(expression: Expression | None) -> str | None:
    """The SQL text of an expression; None where there is none or where it was not read."""
    match expression:
        case Stored(text=text):
            return text
        case Written(sql=sql):
            return sql
        case Unread() | None:
            return None
