"""The ledger of reviews, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from sqlalchemy import delete, func, select

from pgaudit.errors import StoreFailed
from pgaudit.store.models import ReviewPartRow, ReviewRow, TargetRow
from pgaudit.store.opening import Store
from pgaudit.store.reading import runs, targets
from pgaudit.store.reviews import ReviewEntry, ReviewPart, record_review, reviews

BY_RULES = ReviewEntry(
    target="shop/staging",
    written_at=datetime(2026, 3, 2, 3, 0, tzinfo=UTC),
    format="authority",
    backend="offline rules",
    evidence_digest="aa01",
)
BY_A_MODEL = msgspec.structs.replace(
    BY_RULES,
    format="expert",
    backend="model",
    model="claude-opus-5-5",
    redaction="names",
    calls=2,
    input_tokens=10_000_000_000,
    cache_read_tokens=7,
    output_tokens=500,
    cost_usd=0.25,
    verdict="APPROVED WITH CHANGES",
    score=6.75,
    critical_issues=0,
    high_issues=2,
    parts=(ReviewPart("Schema Design", 2, 1, None), ReviewPart("Migration Strategy", 0, 0, "its answer was empty")),
)


def test_what_is_entered_is_read_back_newest_first(store: Store) -> None:
    numbers = [record_review(store, BY_RULES), record_review(store, BY_A_MODEL)]
    unknown = msgspec.structs.replace(BY_A_MODEL, target="other", cost_usd=None, parts=())
    numbers.append(record_review(store, unknown))
    assert [(one.id, one.entry) for one in reviews(store)] == list(
        zip(reversed(numbers), [unknown, BY_A_MODEL, BY_RULES], strict=True)
    )
    assert [one.entry for one in reviews(store, "shop/staging", limit=1)] == [BY_A_MODEL]
    assert reviews(store, "never") == []


def test_a_review_makes_no_run_and_shares_the_target_of_runs(store: Store) -> None:
    record_review(store, BY_RULES)
    record_review(store, BY_A_MODEL)
    assert targets(store) == ["shop/staging"]
    assert runs(store) == []


def test_a_review_that_cannot_be_entered_whole_leaves_nothing(store: Store) -> None:
    broken = msgspec.structs.replace(BY_A_MODEL, parts=(ReviewPart("x", 1, 1, None), ReviewPart(None, 1, 1, None)))  # type: ignore[arg-type]
    with pytest.raises(StoreFailed):
        record_review(store, broken)
    assert reviews(store) == []
    with store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(ReviewPartRow)).scalar_one() == 0


def test_a_target_goes_with_its_reviews(store: Store) -> None:
    record_review(store, BY_A_MODEL)
    with store.writing() as connection:
        connection.execute(delete(TargetRow))
        for table in (ReviewRow, ReviewPartRow):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0
