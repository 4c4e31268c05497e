"""The ledger of reviews: what each took and came to, part by part. Prose, evidence and keys are not kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import insert, select

from pgaudit.store.earlier import target_id_of
from pgaudit.store.models import ReviewPartRow, ReviewRow, TargetRow
from pgaudit.store.opening import Store


class ReviewPart(msgspec.Struct, frozen=True):
    """What came of one part that a language model was asked about."""

    part: str
    statements: int
    changes: int
    problem: str | None


class ReviewEntry(msgspec.Struct, frozen=True):
    """A review, as the ledger has it."""

    target: str
    written_at: datetime
    format: str
    backend: str
    evidence_digest: str
    model: str | None = None
    redaction: str | None = None
    """What was allowed to leave; None where no model was asked."""
    calls: int = 0
    input_tokens: int = 0
    """Everything that was read, from a cache or not."""
    cache_read_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    """None where the price of the model is not known."""
    parts: tuple[ReviewPart, ...] = ()
    verdict: str | None = None
    """What it came to; this and what follows is None in reviews of versions that did not keep it."""
    score: float | None = None
    """Of 10."""
    critical_issues: int | None = None
    high_issues: int | None = None


class KeptReview(msgspec.Struct, frozen=True):
    """An entry with its number."""

    id: int
    entry: ReviewEntry


def record_review(store: Store, entry: ReviewEntry) -> int:
    """Enter a review; gives its number. Raises StoreFailed; then nothing of it is kept."""
    kept = {name: getattr(entry, name) for name in entry.__struct_fields__ if name not in {"target", "parts"}}
    with store.writing() as connection:
        target_id = target_id_of(connection, entry.target)
        made = connection.execute(insert(ReviewRow).values(target_id=target_id, **kept).returning(ReviewRow.id))
        review_id = made.scalar_one()
        rows = [
            {"review_id": review_id, "position": position, **msgspec.structs.asdict(part)}
            for position, part in enumerate(entry.parts, start=1)
        ]
        if rows:
            connection.execute(insert(ReviewPartRow), rows)
    return review_id


def reviews(store: Store, target: str | None = None, *, limit: int = 30) -> list[KeptReview]:
    """The latest reviews, newest first, of one target or of all."""
    query = (
        select(ReviewRow, TargetRow.name)
        .join(TargetRow, TargetRow.id == ReviewRow.target_id)
        .order_by(ReviewRow.id.desc())
        .limit(limit)
    )
    if target is not None:
        query = query.where(TargetRow.name == target)
    with store.reading() as connection:
        rows = connection.execute(query).all()
        ids = [row.id for row in rows]
        listed = select(ReviewPartRow).where(ReviewPartRow.review_id.in_(ids)).order_by(ReviewPartRow.position)
        parts = connection.execute(listed).all()
    return [_kept(row, [part for part in parts if part.review_id == row.id]) for row in rows]


def _kept(row: Any, parts: Sequence[Any]) -> KeptReview:
    names = [name for name in ReviewEntry.__struct_fields__ if name not in {"target", "parts"}]
    told = tuple(ReviewPart(part.part, part.statements, part.changes, part.problem) for part in parts)
    entry = ReviewEntry(target=row.name, parts=told, **{name: getattr(row, name) for name in names})
    return KeptReview(row.id, entry)
