"""Recorded exchanges: answered again without a network, and a cache of what has been asked before."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pgaudit.errors import BadConfiguration
from pgaudit.review.backends.anthropic.exchange import Answer, AskFailedError, Caller, Lost, Request, Usage

SCHEMA = "pgaudit-exchanges/1"
log = logging.getLogger(__name__)
_NOT_RECORDED = "no answer to this request is recorded: evidence, model or question has changed"


class Exchanges(msgspec.Struct, frozen=True):
    """Answers by the digest of the request. Requests themselves are not kept: they hold the evidence."""

    schema: str
    answers: dict[str, Answer]


@dataclass(frozen=True, slots=True)
class ReplayCaller:
    """Answers from a file alone."""

    answers: dict[str, Answer]

    def ask(self, request: Request, *, seconds_left: float, lost: Lost) -> Answer:  # noqa: ARG002 - a file takes no time
        """The recorded answer. It costs nothing. Raises AskFailedError where there is none."""
        found = self.answers.get(request.digest())
        if found is None:
            raise AskFailedError(_NOT_RECORDED)
        return msgspec.structs.replace(found, usage=Usage())


@dataclass(frozen=True, slots=True)
class RecordingCaller:
    """Asks only what is not recorded yet, and records the answer. One that cannot be recorded is given all the same."""

    inner: Caller
    path: Path

    def ask(self, request: Request, *, seconds_left: float, lost: Lost) -> Answer:
        """The recorded answer, or a new one. Raises AskFailedError, and BadConfiguration for a file of another make."""
        known = read_exchanges(self.path) if self.path.exists() else {}
        if request.digest() in known:
            return ReplayCaller(known).ask(request, seconds_left=seconds_left, lost=lost)
        answer = self.inner.ask(request, seconds_left=seconds_left, lost=lost)
        try:
            write_exchanges(self.path, {**known, request.digest(): answer})
        except OSError as error:  # it is paid for
            log.warning("an answer was not recorded: path=%s problem=%s", self.path, error.strerror)
        return answer


def read_exchanges(path: Path) -> dict[str, Answer]:
    """The recorded answers. Raises BadConfiguration where the file holds none of ours."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Exchanges)
    except (OSError, msgspec.MsgspecError) as error:
        raise BadConfiguration(
            str(path), f"holds no recorded answers ({error})", "name a file that --llm-record wrote"
        ) from None
    if found.schema != SCHEMA:
        raise BadConfiguration(
            str(path), f"has the format {found.schema}", f"record it again: this pgaudit reads {SCHEMA}"
        )
    return found.answers


def write_exchanges(path: Path, answers: dict[str, Answer]) -> None:
    """Write the answers to a file that only its owner can read. Raises OSError."""
    content = msgspec.json.format(msgspec.json.encode(Exchanges(SCHEMA, answers), order="sorted"), indent=2)
    beside = path.with_name(f"{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    beside.replace(path)
