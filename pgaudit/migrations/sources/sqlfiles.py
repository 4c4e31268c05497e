"""Migrations that are SQL files: what the tools of that kind share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from pgaudit.errors import NoMigrationsFound
from pgaudit.migrations.sources.files import SourceFile, line_of
from pgaudit.migrations.sources.interface import Migration, SqlPart, Tool, TxMode


def whole_file(
    tool: Tool, source: SourceFile, version: str, name: str, tx_mode: TxMode, *, checksum: str | None = None
) -> Migration:
    """A migration that is all of one file."""
    parts = (SqlPart(source.text, source.path),) if source.text else ()
    return Migration(tool, version, name, source.path, parts, tx_mode, checksum, source.opaque)


def substituted(text: str, placeholders: Mapping[str, str]) -> str:
    """The text with every `${name}` whose value is known replaced; the others stay."""
    if not placeholders or "${" not in text:
        return text
    return re.sub(r"\$\{([^}\n]+)\}", lambda match: placeholders.get(match[1].strip(), match[0]), text)


def number(version: str) -> int:
    """The integer that a version starts with; 0 when it starts with none."""
    digits = ""
    for character in version.strip():
        if not ("0" <= character <= "9"):
            break
        digits += character
    return int(digits) if digits else 0


def at_least_one(migrations: Iterable[Migration], folder: Path) -> list[Migration]:
    """The migrations as a list.

    Raises:
        NoMigrationsFound: when there is none.
    """
    found = list(migrations)
    if not found:
        raise NoMigrationsFound(str(folder))
    return found


def part_between(source: SourceFile, start: int, end: int, tx_mode: TxMode | None = None) -> SqlPart | None:
    """The part of the text between two character offsets, with its line; None when it is blank."""
    text = source.text[start:end]
    if not text or text.isspace():
        return None
    return SqlPart(text, source.path, line_of(source.text, start), tx_mode)
