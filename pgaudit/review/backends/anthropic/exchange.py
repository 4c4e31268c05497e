"""What is asked and what comes back, whoever carries it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

DEFAULT_MODEL = "claude-opus-5-5"
DEFAULT_BASE_URL = "https://api.anthropic.com"


class Usage(msgspec.Struct, frozen=True):
    """Tokens of one answer; the classes are disjoint."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0

    @property
    def all_input_tokens(self) -> int:
        """Everything that was read for the answer."""
        return self.input_tokens + self.cache_write_tokens + self.cache_read_tokens

    def plus(self, other: Usage) -> Usage:
        """The sum."""
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
        )


class Answer(msgspec.Struct, frozen=True):
    """An answer as it was given."""

    text: str
    stop_reason: str
    usage: Usage = Usage()
    request_id: str | None = None


class Request(msgspec.Struct, frozen=True):
    """The body of a request to the Messages API."""

    model: str
    max_tokens: int
    system: tuple[dict[str, Any], ...]
    messages: tuple[dict[str, Any], ...]
    output_config: dict[str, Any]

    def body(self) -> dict[str, Any]:
        """The arguments as the SDK takes them."""
        return {name: getattr(self, name) for name in self.__struct_fields__}

    def encoded(self) -> bytes:
        """The body as JSON, keys in order."""
        return msgspec.json.encode(self, order="deterministic")

    def digest(self) -> str:
        """A hash of everything that is sent: the same evidence, prompt, schema and model give the same."""
        return hashlib.sha256(self.encoded()).hexdigest()


class AskFailedError(Exception):
    """No usable answer came.

    Attributes:
        reason: why, without secrets and without the body of any response.
        ends_all: whether every other request would fail alike.
    """

    def __init__(self, reason: str, *, ends_all: bool = False) -> None:
        self.reason = reason
        self.ends_all = ends_all
        super().__init__(reason)


Lost = Callable[[Usage], bool]
"""Told the most that an answer which broke off, and is paid for, can have used; gives whether to ask once more."""


class Caller(Protocol):
    """Carries a request to whoever answers."""

    def ask(self, request: Request, *, seconds_left: float, lost: Lost) -> Answer:
        """The answer. Raises AskFailedError.

        Args:
            request: What to send.
            seconds_left: After so long no further attempt begins.
            lost: Told of each attempt that broke off after the answer had begun.
        """
        ...
