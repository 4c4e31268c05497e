"""What asking a model took, and what came of each part: kept beside the review, and nothing secret in it."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from pgaudit.review.backends.anthropic.cost import Price
from pgaudit.review.backends.anthropic.exchange import Answer, Usage


class PartOutcome(msgspec.Struct, frozen=True):
    """What came of one part of a document."""

    part: str
    statements: int
    """Of the model, that stand."""
    changes: int
    """Drafted by the model, that stand."""
    problem: str | None
    """Why that is not all; in our own words."""


@dataclass(slots=True)
class Ledger:
    """What was used, for all answers together."""

    redaction: str
    """What was allowed to leave."""
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = None
    """None where nothing was used, or the price of the model is not known."""
    calls: int = 0
    request_ids: list[str] = field(default_factory=list[str])
    parts: list[PartOutcome] = field(default_factory=list[PartOutcome])
    interruption: BaseException | None = None
    """What ended the asking before its time; to be raised once that which was paid for is out."""

    def enter(self, answer: Answer, price: Price | None) -> None:
        """Count an answer."""
        self.calls += 1
        self.usage = self.usage.plus(answer.usage)
        self.cost_usd = price.of(self.usage) if price else None
        if answer.request_id:
            self.request_ids.append(answer.request_id)
