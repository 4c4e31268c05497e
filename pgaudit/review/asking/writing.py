"""The first part of every answer: the question as its template has it, filled in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pgaudit.review.asking.wording import TEMPLATES, Question
from pgaudit.review.documents.parts import Cell, Claim, NamedList, Row, Table
from pgaudit.review.evidence.records import Record


def requirements(question: Question, claims: Iterable[Sequence[Claim]]) -> tuple[NamedList, ...]:
    """What was required, under the template's captions."""
    captions = TEMPLATES[question].requirements
    return tuple(NamedList(caption, tuple(told)) for caption, told in zip(captions, claims, strict=True))


def specifications(question: Question, values: Iterable[tuple[str, Sequence[Record]]]) -> Table:
    """The technical specifications, under the template's names."""
    names = TEMPLATES[question].specifications
    rows = tuple(
        Row((Cell(name), Cell(value)), tuple(dict.fromkeys(one.id for one in records)))
        for name, (value, records) in zip(names, values, strict=True)
    )
    return Table(("Specification", "Here"), rows)
