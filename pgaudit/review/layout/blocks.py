"""The blocks. Every text that makes a claim carries the ids of its records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import msgspec

from pgaudit.review.documents.parts import Basis, Claim, Table


class Heading(msgspec.Struct, frozen=True):
    """A heading; 1 is the title."""

    level: int
    text: str


class Line(msgspec.Struct, frozen=True):
    """A line of text with what stands before it, what it cites, and lines below it."""

    text: str = ""
    cites: tuple[str, ...] = ()
    label: str = ""
    """Set in bold before the text."""
    badge: str = ""
    """A severity or a proof, set apart."""
    badge_label: str = ""
    """What the badge is, where the text comes before it: `Severity`."""
    is_inferred: bool = False
    is_unassessed: bool = False
    children: tuple[Line, ...] = ()
    box: bool | None = None
    """A check box: True is ticked, None is no box."""
    mark: str = ""
    """A word in brackets in place of a box: `?`."""


class Paragraph(msgspec.Struct, frozen=True):
    """Lines that run on."""

    lines: tuple[Line, ...]


class Bullets(msgspec.Struct, frozen=True):
    """A list."""

    lines: tuple[Line, ...]
    is_ordered: bool = False


class Grid(msgspec.Struct, frozen=True):
    """A table."""

    table: Table


class Code(msgspec.Struct, frozen=True):
    """A block of code."""

    language: str
    text: str
    cites: tuple[str, ...] = ()


Block: TypeAlias = Heading | Paragraph | Bullets | Grid | Code


def line(claim: Claim, label: str = "", children: Iterable[Line] = (), *, box: bool | None = None) -> Line:
    """A claim as a line."""
    return Line(
        text=claim.text,
        cites=claim.cites,
        label=label or ("Language model" if claim.basis is Basis.MODEL else ""),
        is_inferred=claim.basis is Basis.INFERRED,
        is_unassessed=claim.basis is Basis.NOT_ASSESSABLE,
        children=tuple(children),
        box=box,
    )


def bullets(claims: Iterable[Claim], *, is_ordered: bool = False, box: bool | None = None) -> Iterator[Block]:
    """Claims as a list; nothing for none."""
    lines = tuple(line(claim, box=box) for claim in claims)
    if lines:
        yield Bullets(lines, is_ordered)


def paragraph(claims: Iterable[Claim], label: str = "") -> Iterator[Block]:
    """Claims that run on; nothing for none."""
    lines = tuple(line(claim, label if number == 0 else "") for number, claim in enumerate(claims))
    if lines:
        yield Paragraph(lines)


def options(words: Iterable[str], chosen: str) -> Bullets:
    """Choices, one of them ticked."""
    return Bullets(tuple(Line(word, box=word == chosen) for word in words))


def plain(text: str, label: str = "") -> Paragraph:
    """A text of the format itself, which claims nothing."""
    return Paragraph((Line(text, label=label),))


def cites_of(blocks: Iterable[Block]) -> Iterator[str]:
    """Ids of the records that blocks cite, in reading order, each as often as it is cited."""
    for block in blocks:
        match block:
            case Paragraph(lines=lines) | Bullets(lines=lines):
                for one in lines:
                    yield from _cites(one)
            case Grid(table=table):
                for row in table.rows:
                    yield from row.cites
            case Code(cites=cites):
                yield from cites
            case Heading():
                pass


def _cites(one: Line) -> Iterator[str]:
    yield from one.cites
    for child in one.children:
        yield from _cites(child)
