"""Text that cannot steer what shows it: control characters, turned direction, workflow commands, markup."""

from __future__ import annotations

import re
import unicodedata

BIDI = frozenset({"\u200e", "\u200f", "\u061c", *map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))})
_HIDDEN = BIDI | {"\u200b", "\u2060", "\ufeff"}
_UNPRINTABLE_CATEGORIES = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
# What a JSON encoder leaves raw although a terminal or an editor obeys it.
_OBEYED_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]")
# A CI runner takes a line that starts so, or a text that holds the older form, for a command.
_COMMAND = re.compile(r"^\s*::|##\[")


def printable(text: str) -> str:
    """The text with every character that could move a cursor, hide text or turn its direction written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in _HIDDEN or unicodedata.category(character) in _UNPRINTABLE_CATEGORIES:
        return character.encode("unicode_escape").decode("ascii")
    return character


def sql_lines(statement: str) -> list[str]:
    """The lines of a statement, printable, ending in a semicolon; comments alone need none.

    A statement with a line that a CI runner would take for a command stays on one line, its breaks written as escapes.
    """
    text = statement.rstrip().rstrip(";")
    lines = [printable(line.replace("\t", "    ")) for line in text.replace("\r\n", "\n").split("\n")]
    if len(lines) > 1 and any(_COMMAND.search(line) for line in lines):
        lines = [printable(text)]
    return lines if is_comment(text) else [*lines[:-1], f"{lines[-1]};"]


def is_comment(statement: str) -> bool:
    """Whether it says what a person must do, and holds nothing to run."""
    return all(line.lstrip().startswith("--") for line in statement.splitlines() if line.strip())


def json_safe(text: str) -> str:
    """JSON text in which no string holds a raw character that a terminal obeys. It still means the same."""
    return _OBEYED_IN_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def shortened(text: str, limit: int) -> str:
    """The text, cut to `limit` characters with an ellipsis where it is longer."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
