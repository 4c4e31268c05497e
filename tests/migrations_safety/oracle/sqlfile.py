"""Data files written as SQL: named blocks, each with options."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HEADER = "--: "


@dataclass(frozen=True, slots=True)
class Block:
    """One named piece of SQL: `--: name key=value key=value`, then SQL to the next header."""

    name: str
    options: dict[str, str]
    sql: str


def blocks(path: Path) -> Iterator[Block]:
    """Yield the blocks of a file in order. A block named `*` sets options for the ones after it."""
    shared: dict[str, str] = {}
    for chunk in ("\n" + path.read_text(encoding="utf-8")).split("\n" + HEADER)[1:]:
        head, _, sql = chunk.partition("\n")
        name, *words = head.split()
        options = dict(word.split("=", 1) for word in words)
        if name == "*":
            shared = options
        else:
            yield Block(name, shared | options, sql.strip())


def words(options: dict[str, str], key: str) -> tuple[str, ...]:
    """Return the comma-separated words of an option, none when it is absent."""
    return tuple(word for word in options.get(key, "").split(",") if word)
