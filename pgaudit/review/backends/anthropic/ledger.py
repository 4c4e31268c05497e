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
    """Answers that came whole."""
    lost: int = 0
    """Answers that broke off: they are paid for, and counted as long as they may have been."""
    parts: list[PartOutcome] = field(default_factory=list[PartOutcome])
    interruption: BaseException | None = None
    """What ended the asking before its time; to be raised once that which was paid for is out."""

    def enter(self, answer: Answer, price: Price | None) -> None:
        """Count an answer."""
        self.calls += 1
        self._add(answer.usage, price)

    def enter_lost(self, most: Usage, price: Price | None) -> None:
        """Count an answer that broke off as the most that it can have used."""
        self.lost += 1
        self._add(most, price)

    def _add(self, usage: Usage, price: Price | None) -> None:
        self.usage = self.usage.plus(usage)
        self.cost_usd = price.of(self.usage) if price else None
