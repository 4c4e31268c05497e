"""Asking the Messages API through its SDK. The only module that imports it, and only when it is asked."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import anthropic
import httpx2
import msgspec

from pgaudit.review.backends.anthropic.exchange import DEFAULT_BASE_URL, Answer, AskFailedError, Lost, Request, Usage

if TYPE_CHECKING:
    from anthropic.lib.streaming import MessageStream
    from anthropic.types import Message

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
_NOT_THE_API = (AttributeError, LookupError, TypeError, ValueError)
"""What the SDK stumbles over in a body of another make."""
_ANOTHER_ANSWERED = "what answered is not the Messages API"


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

    def ask(self, request: Request, *, seconds_left: float, lost: Lost) -> Answer:
        """The answer, after as many attempts as time and `lost` allow. Raises AskFailedError."""
        ends = self.clock() + seconds_left
        waits, pause = _Pause("it was not asked", 0.0), _FIRST_PAUSE_S
        for attempt in range(1, _MOST_ATTEMPTS + 1):
            left = ends - self.clock()
            if left <= 0:
                raise AskFailedError("the time for the review was used up", ends_all=True)
            try:
                return _answer(*self._streamed(request, left, lost))
            except (anthropic.AnthropicError, httpx2.HTTPError) as error:
                waits = _pause(error, pause)
            if attempt < _MOST_ATTEMPTS:
                if waits.seconds > ends - self.clock():
                    raise AskFailedError(f"{waits.reason}, and a wait would outlast the review", ends_all=True)
                self.sleep(waits.seconds)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
        raise AskFailedError(f"{waits.reason}, {_MOST_ATTEMPTS} times", ends_all=waits.nobody_there)

    def _streamed(self, request: Request, seconds: float, lost: Lost) -> tuple[Message, str | None]:
        client = anthropic.Anthropic(
            api_key=self.api_key,
            base_url=self.base_url,
            timeout=min(seconds, _LONGEST_REQUEST_S),
            max_retries=0,
            open_telemetry=False,
        )
        with client, client.messages.stream(**request.body()) as stream:
            return _read_to_its_end(stream, request, lost), stream.request_id


def _read_to_its_end(stream: MessageStream[None], request: Request, lost: Lost) -> Message:
    """The message, whole. One that breaks off is told to `lost`, and not asked for again where that says so."""
    begun: Usage | None = None
    try:
        for event in stream:
            if event.type == "message_start":
                begun = _usage(event.message)
        if begun is not None:
            return cast("Message", stream.get_final_message())
    except _NOT_THE_API as error:
        raise AskFailedError(_ANOTHER_ANSWERED, ends_all=True) from error
    except BaseException as error:
        if begun is None:
            raise
        # how much was written is told at the end alone: it is taken to be all that it may be
        may_go_on = lost(msgspec.structs.replace(begun, output_tokens=request.max_tokens))
        if may_go_on or not isinstance(error, Exception):
            raise
        raise AskFailedError("the answer broke off, and another could pass the limit of cost") from error
    raise AskFailedError(_ANOTHER_ANSWERED, ends_all=True)


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


def _answer(message: Message, request_id: str | None) -> Answer:
    return Answer(
        text="".join(block.text for block in message.content if block.type == "text"),
        stop_reason=message.stop_reason or "",
        usage=_usage(message),
        request_id=request_id,
    )


def _usage(message: Message) -> Usage:
    used = message.usage
    return Usage(
        used.input_tokens,
        used.output_tokens,
        used.cache_creation_input_tokens or 0,
        used.cache_read_input_tokens or 0,
    )
