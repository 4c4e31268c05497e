"""The answer to a question: a document whose every claim cites records, and the evidence that it rests on."""

from __future__ import annotations

import functools
from typing import Any

import msgspec

from pgaudit.reports.contract import ReportTarget, Tool
from pgaudit.review.asking.wording import TEMPLATES, Question
from pgaudit.review.documents.checking import check_grounding
from pgaudit.review.documents.parts import Change, NamedList, Reviewer, Section, Table
from pgaudit.review.evidence.records import Pack

SCHEMA = "pgaudit-answer/1"


class Answer(msgspec.Struct, frozen=True):
    """A question as it was filled in from the evidence, and what there is to say."""

    question: Question
    subject: str
    """What it is about."""
    requirements: tuple[NamedList, ...]
    specifications: Table
    sections: tuple[Section, ...]
    changes: tuple[Change, ...]

    def __post_init__(self) -> None:
        """The captions and headings of the question, in its order."""
        words = TEMPLATES[self.question]
        if tuple(one.caption for one in self.requirements) != words.requirements:
            raise ValueError("the requirements are not those of the question")
        if tuple(row.cells[0].text for row in self.specifications.rows) != words.specifications:
            raise ValueError("the specifications are not those of the question")
        if tuple(one.heading for one in self.sections) != words.include:
            raise ValueError("the answer has other sections than the question asks for")

    @property
    def asked(self) -> str:
        """The question in words."""
        return TEMPLATES[self.question].asks.format(self.subject)


class Answered(msgspec.Struct, frozen=True):
    """An answer as it is published."""

    schema: str
    tool: Tool
    target: ReportTarget
    reviewer: Reviewer
    written_at: str
    document: Answer
    evidence: Pack


def answered(pack: Pack, document: Answer, written_at: str) -> Answered:
    """The answer with its evidence. Raises UngroundedError where it cites what the evidence does not hold."""
    check_grounding(document, pack.ids())
    return Answered(SCHEMA, pack.tool, pack.target, Reviewer(), written_at, document, pack)


def to_json(answer: Answered) -> str:
    """The answer as JSON, indented, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(answer), indent=2).decode() + "\n"


def from_json(text: str | bytes) -> Answered:
    """An answer read back. Raises msgspec.MsgspecError where it is none of ours."""
    return msgspec.json.decode(text, type=Answered)


@functools.cache
def json_schema() -> dict[str, Any]:
    """The JSON Schema of an answer."""
    return msgspec.json.schema(Answered)
