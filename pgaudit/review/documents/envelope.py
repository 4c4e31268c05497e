"""A finished review: the document, who wrote it, and the evidence it rests on. This is what is saved."""

from __future__ import annotations

import functools
from typing import Any, TypeAlias

import msgspec

from pgaudit.reports.contract import ReportTarget, Tool
from pgaudit.review.documents.authority import AuthorityReview
from pgaudit.review.documents.checking import check_grounding
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.others import (
    Checklist,
    DatabasePlan,
    Diagnosis,
    ExpertAnswer,
    PanelReview,
    PositionCard,
)
from pgaudit.review.documents.parts import Reviewer
from pgaudit.review.evidence.nothing import anchored
from pgaudit.review.evidence.records import Pack

SCHEMA = "pgaudit-review/1"

Document: TypeAlias = AuthorityReview | PanelReview | PositionCard | DatabasePlan | Checklist | ExpertAnswer | Diagnosis


class Review(msgspec.Struct, frozen=True):
    """A review as it is published."""

    schema: str
    tool: Tool
    target: ReportTarget
    format: Format
    reviewer: Reviewer
    written_at: str
    document: Document
    evidence: Pack


def reviewed(pack: Pack, wanted: Format, document: Document, reviewer: Reviewer, written_at: str) -> Review:
    """The review of a pack. Raises UngroundedError where the document cites what the pack does not hold."""
    pack = anchored(pack)
    check_grounding(document, pack.ids())
    return Review(SCHEMA, pack.tool, pack.target, wanted, reviewer, written_at, document, pack)


def to_json(review: Review) -> str:
    """The review as JSON, indented, ending in a newline."""
    return msgspec.json.format(msgspec.json.encode(review), indent=2).decode() + "\n"


def from_json(text: str | bytes) -> Review:
    """A review read back. Raises msgspec.MsgspecError where it is none of ours."""
    return msgspec.json.decode(text, type=Review)


@functools.cache
def json_schema() -> dict[str, Any]:
    """The JSON Schema of a review."""
    return msgspec.json.schema(Review)
