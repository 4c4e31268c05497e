"""`pgaudit review --record`: one row of the ledger for each review. The review is out before the store is opened."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from pgaudit.cli.recording import Recording, tell_new
from pgaudit.review.deciding.decisions import decide
from pgaudit.review.deciding.issues import Level
from pgaudit.review.documents.envelope import Review
from pgaudit.review.evidence.records import digest
from pgaudit.store.opening import open_store
from pgaudit.store.reviews import ReviewEntry, ReviewPart, record_review
from probes.catalog.server import Server

if TYPE_CHECKING:
    from pgaudit.review.backends.anthropic.ledger import Ledger


def keep_review(done: Review, ledger: Ledger | None, server: Server, recording: Recording) -> ReviewEntry:
    """What was entered. Raises StoreFailed and StoreTooNew."""
    entry = entry_of(done, ledger, recording.target or done.target.name)
    store = open_store(recording.store, audited=server)
    try:
        tell_new(store, recording)
        record_review(store, entry)
    finally:
        store.close()
    return entry


def entry_of(done: Review, ledger: Ledger | None, target: str) -> ReviewEntry:
    """What the ledger keeps of a review: its verdict, counts, names of parts, and reasons in our own words."""
    decisions = decide(done.evidence)
    entry = ReviewEntry(
        target=target,
        written_at=datetime.fromisoformat(done.written_at),
        format=done.format.value,
        backend=done.reviewer.mode.value,
        evidence_digest=digest(done.evidence),
        verdict=decisions.verdict.value,
        score=decisions.readiness.value,
        critical_issues=len(decisions.at(Level.CRITICAL)),
        high_issues=len(decisions.at(Level.HIGH)),
    )
    if ledger is None:
        return entry
    return msgspec.structs.replace(
        entry,
        model=done.reviewer.model,
        redaction=ledger.redaction,
        calls=ledger.calls,
        input_tokens=ledger.usage.all_input_tokens,
        cache_read_tokens=ledger.usage.cache_read_tokens,
        output_tokens=ledger.usage.output_tokens,
        cost_usd=ledger.cost_usd,
        parts=tuple(ReviewPart(one.part, one.statements, one.changes, one.problem) for one in ledger.parts),
    )
