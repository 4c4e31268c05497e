"""A draft that stood, as an entry among the changes of a document: marked, and behind our own."""

from __future__ import annotations

from collections.abc import Sequence

from pgaudit.review.deciding.classes import stage_of
from pgaudit.review.deciding.issues import level_of
from pgaudit.review.documents.envelope import Document
from pgaudit.review.documents.parts import Basis, Change, Claim
from pgaudit.review.drafting.draft import Draft
from pgaudit.review.evidence.records import ProposedChange, Record, RecordKind


def changes_of(document: Document) -> tuple[Change, ...]:
    """The changes of a document; none where its format has no place for them."""
    found: tuple[Change, ...] = getattr(document, "changes", ())
    return found


def next_number(document: Document) -> int:
    """The number behind the last change of a document."""
    return max((one.number for one in changes_of(document)), default=0) + 1


def change_entry(number: int, draft: Draft, judged: ProposedChange, records: Sequence[Record]) -> Change:
    """The draft as an entry. Its grade and its place in the work are those of the finding that it mends."""
    head = next((one for one in records if one.kind is RecordKind.FINDING), records[0])
    cites = tuple(record.id for record in records)
    return Change(
        number=number,
        level=level_of(head),
        stage=stage_of(head.topic).value,
        title=f"{head.title}, drafted by the language model",
        why=Claim(draft.why.replace("`", ""), cites, Basis.MODEL),
        sql=judged.sql,
        transactional=judged.transactional,
        note=judged.note,
        locks=judged.locks,
        locks_known=judged.locks_known,
        rollback=judged.rollback,
        proof=judged.proof,
        cites=cites,
    )
