"""Asking the Messages API through its SDK. The only module that imports it, and only when it is asked."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import anthropic
import httpx2

from pgaudit.review.backends.anthropic.exchange import Answer, AskFailedError, Request, Usage

if TYPE_CHECKING:
    from anthropic.types import Message

DEFAULT_BASE_URL = "https://api.anthropic.com"
_MOST_ATTEMPTS = 4
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 8.0
_LONGEST_REQUEST_S = 600.0
_ENDS_ALL = {
    401: "the API refused the key (401)",
    402: "the account cannot pay (402)",
    403: "the key may not do this (403)",
    404: "the model or the address is unknown (404)",
}
_WORTH_ANOTHER_TRY = frozenset({408, 409, 429})
_TRANSIENT_TYPES = frozenset({"overloaded_error", "api_error", "rate_limit_error", "timeout_error"})
_SERVER_ERROR = 500


@dataclass(slots=True)
class AnthropicCaller:
    """Streams answers.

    The SDK's own retries are off: it obeys a `retry-after` of any length, and retries nothing once a stream has begun.

    Args:
        api_key: Given explicitly, so that no other source of credentials is looked into.
        base_url: Given explicitly, so that nothing in the environment redirects what is sent.
        sleep: Waits some seconds.
        clock: Seconds that only grow.
    """

    api_key: str = field(repr=False)
    base_url: str = DEFAULT_BASE_URL
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def ask(self, request: Request, *, seconds_left: float) -> Answer:
        """The answer, after as many attempts as the time allows."""
        ends = self.clock() + seconds_left
        waits, pause = _Pause("it was not asked", 0.0), _FIRST_PAUSE_S
        for attempt in range(1, _MOST_ATTEMPTS + 1):
            left = ends - self.clock()
            if left <= 0:
                raise AskFailedError("the time for the review was used up", ends_all=True)
            try:
                message, request_id = self._streamed(request, left)
                return _answer(message, request_id, attempt)
            except (anthropic.AnthropicError, httpx2.HTTPError) as error:
                waits = _pause(error, pause)
            if attempt < _MOST_ATTEMPTS:
                if waits.seconds > ends - self.clock():
                    raise AskFailedError(f"{waits.reason}, and a wait would outlast the review", ends_all=True)
                self.sleep(waits.seconds)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
        raise AskFailedError(f"{waits.reason}, {_MOST_ATTEMPTS} times", ends_all=waits.nobody_there)

    def _streamed(self, request: Request, seconds: float) -> tuple[Message, str | None]:
        client = anthropic.Anthropic(
            api_key=self.api_key,
            base_url=self.base_url,
            timeout=min(seconds, _LONGEST_REQUEST_S),
            max_retries=0,
            open_telemetry=False,
        )
        with client, client.messages.stream(**request.body()) as stream:
            return cast("Message", stream.get_final_message()), stream.request_id


@dataclass(frozen=True, slots=True)
class _Pause:
    reason: str
    seconds: float
    nobody_there: bool = False
    """Whether no other request would reach anybody."""


def _pause(error: Exception, pause: float) -> _Pause:
    """How long to wait before another try. Raises AskFailedError where none would help."""
    jittered = pause * random.uniform(0.75, 1.0)  # noqa: S311 - spreads load, guards nothing
    match error:
        case anthropic.APIStatusError():
            return _after_status(error, jittered)
        case anthropic.APITimeoutError():
            return _Pause("the API did not answer in time", jittered)
        case anthropic.APIConnectionError():
            return _Pause("the API could not be reached", jittered, nobody_there=True)
        case httpx2.HTTPError():
            return _Pause("the answer broke off in the middle", jittered)
        case _:
            raise AskFailedError(f"the client of the API refused to ask ({type(error).__name__})", ends_all=True)


def _after_status(error: anthropic.APIStatusError, pause: float) -> _Pause:
    status = error.status_code
    if status in _ENDS_ALL:
        raise AskFailedError(_ENDS_ALL[status], ends_all=True)
    is_transient = status in _WORTH_ANOTHER_TRY or status >= _SERVER_ERROR or error.type in _TRANSIENT_TYPES
    if not is_transient:
        raise AskFailedError(f"the API refused the request ({status})")
    reason = "the API is overloaded" if error.type == "overloaded_error" else f"the API answered {status}"
    return _Pause(reason, max(pause, _asked_to_wait(error.response.headers.get("retry-after"))))


def _asked_to_wait(header: str | None) -> float:
    try:
        return float(header or 0)
    except ValueError:
        return 0.0


def _answer(message: Message, request_id: str | None, attempts: int) -> Answer:
    usage = message.usage
    return Answer(
        text="".join(block.text for block in message.content if block.type == "text"),
        stop_reason=message.stop_reason or "",
        usage=Usage(
            usage.input_tokens,
            usage.output_tokens,
            usage.cache_creation_input_tokens or 0,
            usage.cache_read_input_tokens or 0,
        ),
        request_id=request_id,
        attempts=attempts,
    )
