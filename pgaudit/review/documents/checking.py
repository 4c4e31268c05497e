"""Checks that documents make of themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from pgaudit.review.documents.parts import Claim, Part, Row, Script


def one_of(word: str | None, allowed: Collection[str], *, may_lack: bool = False) -> None:
    """Raise ValueError for a word that the format does not have."""
    if word is None and may_lack:
        return
    if word not in allowed:
        raise ValueError(f"{word!r} is none of {', '.join(allowed)}")


def same_headings(parts: Sequence[Part], headings: Sequence[str]) -> None:
    """Raise ValueError where parts are headed otherwise than the format has them."""
    found = tuple(part.heading for part in parts)
    if found != tuple(headings):
        raise ValueError(f"parts are headed {found}, the format has {tuple(headings)}")


def cited(node: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every text of a document with the ids of the records it rests on, in reading order."""
    match node:
        case Claim():
            yield node.text, node.cites
        case Row():
            yield " | ".join(cell.text for cell in node.cells), node.cites
        case Script():
            yield node.text, node.cites
        case msgspec.Struct():
            for name in node.__struct_fields__:
                yield from _field(node, name)
        case tuple() | list():
            for child in node:
                yield from cited(child)
        case _:
            return


def _field(node: msgspec.Struct, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    value = getattr(node, name)
    if name == "fixed" and value:
        yield value, node.fixed_cites  # type: ignore[attr-defined]
    elif name == "cites":
        yield "; ".join(getattr(node, "sql", ())), value
    elif not name.endswith("_cites"):
        yield from cited(value)


class UngroundedError(ValueError):
    """A document says something that rests on a record which the evidence does not hold."""

    def __init__(self, text: str, missing: Iterable[str]) -> None:
        self.text = text
        self.missing = tuple(sorted(missing))
        super().__init__(f"{text!r} cites what is not in the evidence: {', '.join(self.missing)}")


def check_grounding(document: Any, ids: Collection[str]) -> None:
    """Raise UngroundedError for the first text that cites a record which is not among `ids`, or cites none."""
    for text, cites in cited(document):
        missing = [one for one in cites if one not in ids]
        if missing or not cites:
            raise UngroundedError(text, missing)
