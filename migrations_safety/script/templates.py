"""Placeholders of migration tools and of psql, replaced so that PostgreSQL's parser accepts the statement.

A replacement has the length of what it replaces: every location in the tree stays a location in the file.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from probes.sql import lexis
from probes.sql.parse import Parsed, parse_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PLACEHOLDER = re.compile(
    rb"\"(?P<quoted>[^\"{}\n]*\{\{[^{}\n]{0,400}\}\}[^\"{}\n]*)\""
    rb"|(?P<kept>'[^']*'|\"[^\"]*\"|--[^\n\r]*|/\*" + lexis.repeated(rb"[^*/]|\*(?!/)|/(?!\*)") + rb"\*/"
    rb"|\$(?P<tag>[A-Za-z_][A-Za-z0-9_]*+)?\$.*?\$(?P=tag)?\$|::)"
    rb"|(?P<block>\{%.{0,400}?%\}|\{\#.{0,400}?\#\}|<%(?!=).{0,400}?%>)"
    rb"|(?P<value>:'[^'\n]*')"
    rb"|(?P<name>\{\{.{0,400}?\}\}|\$\{[^}\n]{0,400}\}|<%=.{0,400}?%>|:\"[^\"\n]*\"|(?<![:A-Za-z0-9_]):[A-Za-z_][A-Za-z0-9_]*"
    rb"|@[A-Za-z_][A-Za-z0-9_.]*@|%\([A-Za-z_][A-Za-z0-9_]*\)s|%s|\{[A-Za-z_][A-Za-z0-9_.]*\}"
    rb"|\#\{[^}\n]{0,400}\}|\$\([A-Za-z_][A-Za-z0-9_]*\))",
    re.DOTALL,
)
_NOT_NAME = re.compile(rb"[^A-Za-z0-9]")
_LETTERS = re.compile(rb"[A-Za-z0-9]+")
_LONGEST_NAME = 63
_WORD = re.compile(rb"[A-Za-z0-9_$\x80-\xff]")
_OF_WORD = re.compile(rb"[A-Za-z0-9_$\x80-\xff{}<>@%#:\"]")


def has_placeholder(sql: bytes) -> bool:
    """Whether something outside quotes looks like a placeholder."""
    return any(found.lastgroup in ("quoted", "block", "value", "name") for found in _PLACEHOLDER.finditer(sql))


def has_quoted_placeholder(sql: bytes) -> bool:
    """Whether a placeholder stands in the quotes of a name: that parses, and is no name of the database."""
    return b"{{" in sql and any(found.lastgroup == "quoted" for found in _PLACEHOLDER.finditer(sql))


def without_placeholders(sql: bytes) -> bytes:
    """The text with every placeholder taken out."""
    return _PLACEHOLDER.sub(lambda found: found.group("kept") or b"", sql)


def placeholders_as_names(sql: bytes) -> bytes:
    """The text with a name of equal length in place of every placeholder."""
    return _PLACEHOLDER.sub(_replacer(_as_name), sql)


def parse_templated(sql: bytes) -> Parsed | None:
    """The statement with its placeholders replaced, or None when it has none or still does not parse."""
    if not has_placeholder(sql):
        return None
    for attempt in _attempts(sql):
        found = parse_statement(attempt.decode("utf-8", "replace"))
        if isinstance(found, Parsed):
            return found
    return None


def names_of_placeholders(sql: bytes) -> dict[bytes, bytes] | None:
    """What is written for each made-up name, in quotes or without; None where a placeholder is more than one name."""
    found: dict[bytes, bytes] = {}
    for one in _PLACEHOLDER.finditer(sql):
        kind, written = one.lastgroup, one.group()
        if kind in {"block", "value"} or (kind == "name" and _is_part_of_word(one)):
            return None
        if kind in {"quoted", "name"}:
            name = _short_name(one.group(kind))
            known = found.setdefault(name, written)
            if _without_spaces(known) != _without_spaces(written) or name in sql or len(name) > _LONGEST_NAME:
                return None
    return found


def words_of_placeholders(sql: bytes) -> dict[bytes, bytes]:
    """What is written for each made-up name, and for each word that a placeholder is a part of.

    Names that stand in the text themselves are left out: they are not made up wherever they are met.
    """
    found: dict[bytes, bytes] = {}
    replaced = placeholders_as_names(sql)
    for one in _PLACEHOLDER.finditer(sql):
        kind = one.lastgroup
        if kind == "name" and _is_part_of_word(one):
            start, end = _word_around(replaced, one.start(), one.end())
            name, written = replaced[start:end].lower(), sql[start:end]
        elif kind in {"quoted", "name"}:
            name, written = _short_name(one.group(kind)), one.group()
        else:
            continue
        if name not in sql:
            found.setdefault(name[:_LONGEST_NAME], written)
    return found


def _word_around(text: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the word begins and ends that has a part of the text in it."""
    while start > 0 and _WORD.match(text, start - 1):
        start -= 1
    while end < len(text) and _WORD.match(text, end):
        end += 1
    return start, end


def with_short_names(sql: bytes) -> bytes:
    """The text with made-up names that are as short as they can be in place of placeholders that are names."""
    return _PLACEHOLDER.sub(_shortened, sql)


def _shortened(found: re.Match[bytes]) -> bytes:
    kind = found.lastgroup
    return _short_name(found.group(kind)) if kind in {"quoted", "name"} else found.group()


def _without_spaces(written: bytes) -> bytes:
    return b"".join(written.split())


def _attempts(sql: bytes) -> Iterator[bytes]:
    for name in (_as_name, _as_text, _as_number):
        yield _PLACEHOLDER.sub(_replacer(name), sql)


def _replacer(name: Callable[[bytes], bytes]) -> Callable[[re.Match[bytes]], bytes]:
    def replaced(found: re.Match[bytes]) -> bytes:
        written = found.group()
        if found.group("quoted") is not None:
            return (b'"' + _short_name(found.group("quoted")) + b'"').ljust(len(written))
        if found.group("block") is not None:
            return b" " * len(written)
        if found.group("value") is not None:
            return _as_text(written)
        if found.group("name") is None:
            return written
        if name is _as_name and not _is_part_of_word(found):
            return _short_name(written).ljust(len(written))
        return name(written)

    return replaced


def _as_name(written: bytes) -> bytes:
    """A name as long as the placeholder, for one that is a part of a longer word."""
    return b"_" + _NOT_NAME.sub(b"_", written[1:]).lower()


def _short_name(written: bytes) -> bytes:
    """A name made of the placeholder's letters alone: however it is spaced, it is the same name throughout."""
    return b"_" + b"_".join(_LETTERS.findall(written)).lower()


def _is_part_of_word(found: re.Match[bytes]) -> bool:
    before, behind = found.string[found.start() - 1 : found.start()], found.string[found.end() : found.end() + 1]
    return bool(_OF_WORD.match(before) or _OF_WORD.match(behind))


def _as_text(written: bytes) -> bytes:
    return b"'" + b"x" * (len(written) - 2) + b"'"


def _as_number(written: bytes) -> bytes:
    return b"1".ljust(len(written))
