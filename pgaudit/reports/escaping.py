"""Text that cannot steer what shows it: control characters, turned direction, workflow commands, markup."""

from __future__ import annotations

import re
import unicodedata

BIDI = frozenset({"\u200e", "\u200f", "\u061c", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))})
_HIDDEN = BIDI | {"\u200b", "\u2060", "\ufeff"}
_UNPRINTABLE_CATEGORIES = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
_DELETE = "\x7f"
# What a JSON encoder leaves raw although a terminal or an editor obeys it.
_OBEYED_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]")
# A CI runner takes a line that starts so, or that holds the older form, for a command.
_AT_THE_START = "::"
_ANYWHERE = "##["
# What a quotation mark begins in SQL. Comments, bodies between dollars and what is escaped already stay as they are.
_QUOTED = re.compile(
    r"""
    --[^\n]* | /\*.*?\*/
    | (?<![\w$]) (?P<dollars>\$(?:[^\W\d]\w*)?\$) .*? (?P=dollars)
    | \b[uU]&"(?:[^"]|"")*" | \b[uU]&'(?:[^']|'')*' | \b[eE]'(?:[^'\\]|''|\\.)*'
    | "(?P<name>(?:[^"]|"")*)"
    | '(?P<literal>(?:[^']|'')*)'
    """,
    re.VERBOSE | re.DOTALL,
)
_FOUR_DIGITS = 0xFFFF


def printable(text: str) -> str:
    """The text with every character that could move a cursor, hide text or turn its direction written as an escape.

    So is the second sign of what begins a command of a CI runner wherever it stands in a line.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(_shown(character) for character in text)
    return text.replace(_ANYWHERE, r"#\x23[")


def no_command(line: str) -> str:
    """The printable line with its first colon written as an escape where a CI runner would take it for a command."""
    return line.replace(":", r"\x3a", 1) if line.lstrip().startswith(_AT_THE_START) else line


def _shown(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii") if _is_hidden(character) else character


def _is_hidden(character: str) -> bool:
    return character in _HIDDEN or unicodedata.category(character) in _UNPRINTABLE_CATEGORIES


def _pasteable(statement: str, kept: str) -> str:
    """SQL with the characters of names and literals that no report shows written in PostgreSQL's own escapes.

    Copied from a report it means what it meant: names become `U&"..."`, literals `E'...'` where they hold more than
    the characters to be kept.
    Source: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
    """
    if statement.isprintable() and _ANYWHERE not in statement:
        return statement
    return _QUOTED.sub(lambda found: _escaped(found, kept), statement)


def _escaped(found: re.Match[str], kept: str) -> str:
    name, literal = found["name"], found["literal"]
    if name is not None and (_ANYWHERE in name or any(map(_is_hidden, name))):
        escaped = "".join(_in_sql(one, "", "+", 6) for one in name)
        return 'U&"' + escaped.replace(_ANYWHERE, r"#\0023[") + '"'
    if literal is not None and (_ANYWHERE in literal or any(_is_hidden(one) for one in literal if one not in kept)):
        joint = " " if found.string[: found.start()][-1:].isalnum() else ""
        escaped = "".join(one if one in kept else _in_sql(one, "u", "U", 8) for one in literal)
        return f"{joint}E'" + escaped.replace(_ANYWHERE, r"#\u0023[") + "'"
    return found[0]


def _in_sql(character: str, short: str, long: str, long_digits: int) -> str:
    if character == "\\":
        return "\\\\"
    if not _is_hidden(character):
        return character
    code = ord(character)
    return f"\\{short}{code:04x}" if code <= _FOUR_DIGITS else f"\\{long}{code:0{long_digits}x}"


def sql_lines(statement: str) -> list[str]:
    """The lines of a statement, printable and fit to be copied, ending in a semicolon; comments alone need none."""
    text = statement.rstrip().rstrip(";")
    lines = script_lines(text)
    return lines if is_comment(text) else [*lines[:-1], f"{lines[-1]};"]


def script_lines(text: str) -> list[str]:
    """The lines of one or more statements, printable and fit to be copied.

    Where a CI runner would take a line for a command, breaks within names and literals are written as escapes; where
    that does not help, all breaks are.
    """
    lines = _lines(_pasteable(text, kept="\n"))
    if _holds_command(lines):
        lines = _lines(_pasteable(text, kept=""))
    return [printable(text)] if _holds_command(lines) else lines


def _lines(text: str) -> list[str]:
    return [printable(line.replace("\t", "    ")) for line in text.replace("\r\n", "\n").split("\n")]


def _holds_command(lines: list[str]) -> bool:
    return any(line.lstrip().startswith(_AT_THE_START) for line in lines)


def is_comment(statement: str) -> bool:
    """Whether it says what a person must do, and holds nothing to run."""
    return all(line.lstrip().startswith("--") for line in statement.splitlines() if line.strip())


def json_safe(text: str) -> str:
    """JSON text in which no string holds what a terminal or a CI runner obeys. It still means the same."""
    if not text.isascii() or _DELETE in text:  # most text is neither, and megabytes of it
        text = _OBEYED_IN_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    return text.replace(_ANYWHERE, r"#\u0023[")


def shortened(text: str, limit: int) -> str:
    """The text, cut to `limit` characters with an ellipsis where it is longer."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
