"""SQL literals in JavaScript and TypeScript migrations, read without running them.

Only what is certain is taken: a call whose first argument is a literal, or literals joined by `+`. A template with
`${...}`, a variable or any other builder call becomes an opaque step with its line.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from pgaudit.migrations.sources.files import SourceFile, line_of
from pgaudit.migrations.sources.interface import OpaqueReason, OpaqueStep, SqlPart

SUFFIXES = (".js", ".ts", ".cjs", ".mjs", ".cts", ".mts")

_INERT = re.compile(
    r"//[^\n]*|/\*.*?(?:\*/|\Z)|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|`(?:\\.|[^`\\])*(?:`|\Z)",
    re.DOTALL,
)
_LITERAL = re.compile(r"'((?:\\.|[^'\\\n])*)'|\"((?:\\.|[^\"\\\n])*)\"|`((?:\\.|[^`\\])*)`", re.DOTALL)
_SPACE = re.compile(r"(?:\s|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_INTERPOLATION = re.compile(r"(?<!\\)(?:\\\\)*\$\{")
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r?\n|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": ""}
_UP = re.compile(r"\bup\b\s*[=:(]")
_DOWN = re.compile(r"\bdown\b\s*[=:(]")


@dataclass(frozen=True, slots=True)
class Calls:
    """Patterns of a tool's calls: `literal` ends after the bracket before the SQL, `other` matches what is no SQL."""

    literal: re.Pattern[str]
    other: re.Pattern[str]


def code_only(text: str) -> str:
    """The text with comments and the contents of strings blanked, at the same offsets."""
    return _INERT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def literal_calls(source: SourceFile, calls: Calls) -> tuple[tuple[SqlPart, ...], tuple[OpaqueStep, ...]]:
    """The SQL that the `up` function passes as literals, and an opaque step for each thing else that it does."""
    code = code_only(source.text)
    start, end = _up_region(code)
    parts: list[SqlPart] = []
    opaque = list(_other_steps(source, code, calls, start, end))
    for match in calls.literal.finditer(code, start, end):
        part = _literal_argument(source, match.end())
        if part is None:
            detail = "SQL that is put together while it runs"
            opaque.append(
                OpaqueStep(OpaqueReason.INTERPOLATED, detail, source.path, line_of(source.text, match.start()))
            )
        else:
            parts.append(part)
    return tuple(parts), tuple(sorted(opaque, key=lambda step: step.line))


def _up_region(code: str) -> tuple[int, int]:
    up = _UP.search(code)
    if up is None:
        return 0, len(code)
    down = _DOWN.search(code, up.end())
    return up.start(), down.start() if down else len(code)


def _other_steps(source: SourceFile, code: str, calls: Calls, start: int, end: int) -> Iterator[OpaqueStep]:
    for match in calls.other.finditer(code, start, end):
        line = line_of(code, match.start())
        yield OpaqueStep(OpaqueReason.PROGRAM_CODE, f"{match[0].strip()} builds SQL while it runs", source.path, line)


def _literal_argument(source: SourceFile, offset: int) -> SqlPart | None:
    """The literal that begins at the offset, its `+` continuations included; None when the value is not certain."""
    pieces: list[str] = []
    first_line = 0
    while True:
        at = _after_space(source.text, offset)
        match = _LITERAL.match(source.text, at)
        if match is None:
            return None
        quoted_by_template = match[3] is not None
        if quoted_by_template and _INTERPOLATION.search(match[3]):
            return None
        pieces.append(_unescaped(match[match.lastindex or 1]))
        first_line = first_line or line_of(source.text, match.start())
        offset = _after_space(source.text, match.end())
        if not source.text.startswith("+", offset):
            break
        offset += 1
    ends = source.text.startswith((",", ")"), offset)
    return SqlPart("".join(pieces), source.path, first_line) if ends else None


def _after_space(text: str, offset: int) -> int:
    match = _SPACE.match(text, offset)
    return match.end() if match else offset


def _unescaped(body: str) -> str:
    if "\\" not in body:
        return body
    text = _ESCAPE.sub(_unescape_one, body)
    # JavaScript writes a character beyond 16 bits as two halves.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescape_one(match: re.Match[str]) -> str:
    escape = match[1]
    if escape in {"\n", "\r\n"}:
        return ""
    if len(escape) > 1 and escape[0] in "ux":
        code_point = int(escape[1:].strip("{}"), 16)
        return chr(code_point) if 0 < code_point <= sys.maxunicode else "\ufffd"
    return _ESCAPED.get(escape, escape)
