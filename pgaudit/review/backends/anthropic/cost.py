"""Tokens and money: estimated before anything is sent, counted afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pgaudit.review.backends.anthropic.exchange import Request, Usage

PRICES_OF = "2026-11"
_BYTES_PER_TOKEN = 3.2
_MARGIN = 1.15
_LEAST_OUTPUT_TOKENS = 400
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a million tokens."""

    input_usd: float
    output_usd: float
    cache_read_usd: float

    @property
    def cache_write_usd(self) -> float:
        """What is kept for five minutes costs a quarter more."""
        return self.input_usd * 1.25

    def of(self, usage: Usage) -> float:
        """Dollars for these tokens."""
        spent = (
            usage.input_tokens * self.input_usd
            + usage.output_tokens * self.output_usd
            + usage.cache_write_tokens * self.cache_write_usd
            + usage.cache_read_tokens * self.cache_read_usd
        )
        return spent / _MILLION


_PRICES = {
    "claude-opus-5-5": Price(4.0, 20.0, 0.20),
    "claude-sonnet-5-5": Price(2.0, 10.0, 0.10),
    "claude-haiku-5-5": Price(0.5, 2.5, 0.05),
    "claude-fable-5-1": Price(10.0, 50.0, 1.0),
}
"""Published prices; of a model that is not here the price is unknown, and is not guessed."""


def price_of(model: str) -> Price | None:
    """The price of a model, where it is known."""
    return _PRICES.get(model)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a review will take. An estimate from lengths: nothing is sent to count."""

    calls: int
    input_tokens: int
    most_output_tokens: int
    low_usd: float | None
    high_usd: float | None
    """With every answer as long as it may be, and every one repaired once."""


def input_tokens(request: Request) -> int:
    """About how many tokens a request is."""
    return round(len(request.encoded()) / _BYTES_PER_TOKEN * _MARGIN)


def most_usd(request: Request, price: Price) -> float:
    """The most that one request can cost."""
    return price.of(Usage(output_tokens=request.max_tokens, cache_write_tokens=input_tokens(request)))


def estimated(requests: Sequence[Request], price: Price | None) -> Estimate:
    """What these requests will take."""
    reads = sum(map(input_tokens, requests))
    writes = sum(one.max_tokens for one in requests)
    low = price.of(Usage(reads, _LEAST_OUTPUT_TOKENS * len(requests))) if price else None
    repaired = Usage(output_tokens=2 * writes, cache_write_tokens=2 * reads + writes)
    return Estimate(len(requests), reads, writes, low, price.of(repaired) if price else None)
