"""The frame of a rendered review: title, facts about it, remarks, and the blocks of its document."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pgaudit.reports.words import counted
from pgaudit.review.context.model import InputName
from pgaudit.review.documents.authority import AuthorityReview
from pgaudit.review.documents.envelope import Review
from pgaudit.review.documents.formats import Format
from pgaudit.review.documents.parts import Mode
from pgaudit.review.evidence.context_records import topic_of
from pgaudit.review.evidence.records import LeftOut, RecordKind
from pgaudit.review.evidence.workload import STATEMENTS
from pgaudit.review.layout.authority import authority_blocks, status_blocks
from pgaudit.review.layout.blocks import Block
from pgaudit.review.layout.others import other_blocks

_TITLES = {
    Format.AUTHORITY: "Authority review",
    Format.PANEL: "Panel review",
    Format.CARD: "Position card",
    Format.PLAN: "Database plan",
    Format.CHECKLIST: "Evidence checklist",
    Format.EXPERT: "Database expert's answer",
    Format.DIAGNOSIS: "Diagnosis",
}


class Page(msgspec.Struct, frozen=True):
    """What a renderer sets."""

    title: str
    facts: tuple[str, ...]
    remarks: tuple[str, ...]
    blocks: tuple[Block, ...]
    evidence_note: str


def page_of(review: Review) -> Page:
    """The page of a review."""
    return Page(
        title=f"{_TITLES[review.format]}: {_name(review)}",
        facts=tuple(_facts(review)),
        remarks=tuple(_remarks(review)),
        blocks=tuple(_blocks(review)),
        evidence_note=_evidence_note(review),
    )


def _name(review: Review) -> str:
    project = review.evidence.topic(topic_of(InputName.PROJECT))
    if project and project.kind is RecordKind.CONTEXT:
        return str(project.facts.get("value"))
    return review.target.database


def _facts(review: Review) -> Iterator[str]:
    target = review.target
    role = "standby" if target.in_recovery else "primary"
    yield (
        f"Database {target.database} on {target.name}: PostgreSQL {target.server_version}, {role}, seen as "
        f"{target.role}"
    )
    yield (
        f"Evidence of {review.evidence.taken_at}, review of {review.written_at}, {review.tool.name} "
        f"{review.tool.version}"
    )


def _remarks(review: Review) -> Iterator[str]:
    reviewer = review.reviewer
    if reviewer.mode is Mode.OFFLINE:
        yield (
            "Written by offline rules, without a language model: every statement rests on the records in "
            "brackets, listed "
            "at the end. What nobody showed is called not assessed, and is never approved."
        )
    else:
        model = f" ({reviewer.model})" if reviewer.model else ""
        yield f"Prose by a language model{model}; severities, score, verdict and SQL are decided and checked by rules."
    if reviewer.reason:
        yield reviewer.reason
    yield from review.evidence.warnings


def _blocks(review: Review) -> Iterator[Block]:
    document = review.document
    if isinstance(document, AuthorityReview):
        yield from status_blocks(document.statuses)
        yield from authority_blocks(document)
    else:
        yield from other_blocks(document)


def _evidence_note(review: Review) -> str:
    pack = review.evidence
    clean = sum(1 for _ in pack.of(RecordKind.NEGATIVE))
    skipped = sum(1 for _ in pack.of(RecordKind.SKIP))
    left = "; ".join(_left_out(one) for one in pack.left_out)
    note = (
        f"{counted(len(pack.records), 'record')} {'was' if len(pack.records) == 1 else 'were'} collected: "
        f"{counted(clean, 'check')} that ran and found nothing, {skipped} that could not run fully, and what follows "
        "as far as it is cited above. The JSON form of this review holds all of them with their numbers."
    )
    return f"{note} Left out: {left}." if left else note


def _left_out(one: LeftOut) -> str:
    """What did not fit, in a reader's words: statements, or findings of a check."""
    if one.topic == STATEMENTS:
        return f"{counted(one.count, 'recorded statement')}, for a review keeps {one.reason}"
    return f"{counted(one.count, 'finding')} of {one.topic}, for a review keeps {one.reason}"
