"""Models of every character, as functions from a request to an answer; and a backend that asks them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from pgaudit.review.backends.anthropic.backend import ModelBackend, Settings
from pgaudit.review.backends.anthropic.caller import AnthropicCaller
from pgaudit.review.evidence.records import Pack
from pgaudit.review.redaction.wire import Redaction, Redactor
from tests.pgaudit.review.fake_api import KEY, FakeApi, Step

SECRET = b"of this test"
Speaker = Callable[[list[dict[str, Any]]], Iterator[tuple[str, list[str]]]]
"""From the records that were sent to statements and what they cite."""


def no_sleep(_seconds: float) -> None:
    """Wait for nothing."""


def backend_for(
    api: FakeApi, pack: Pack, settings: Settings | None = None, level: Redaction = Redaction.NAMES, key: str = KEY
) -> ModelBackend:
    """The real backend and the real SDK, in front of the fake."""
    caller = AnthropicCaller(key, api.url, sleep=no_sleep)
    return ModelBackend(caller, Redactor(pack, level, SECRET), settings or Settings())


def evidence(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of a request, read as a model would."""
    text = body["messages"][0]["content"][0]["text"]
    found = re.fullmatch(r"<(evidence-\w+)>\n(.*)\n</\1>", text, re.DOTALL)
    assert found
    records: list[dict[str, Any]] = json.loads(found[2])["records"]
    return records


def places(body: dict[str, Any]) -> list[str]:
    """The places that a request asks about."""
    return re.findall(r"^(P\d+):", body["messages"][0]["content"][1]["text"], re.MULTILINE)


def speaking(speaker: Speaker) -> Callable[[dict[str, Any]], Step]:
    """A model that says the same at the first place of every part."""

    def respond(body: dict[str, Any]) -> Step:
        statements = [
            {"place": places(body)[0], "statement": text, "evidence_ids": cites}
            for text, cites in speaker(evidence(body))
        ]
        return Step(json.dumps({"basis": "what the records share", "statements": statements}))

    return respond


def structural(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Findings about tables, indexes and the like."""
    kinds = {"table", "index", "constraint", "column", "partitioned table", "policy"}
    return [one for one in records if one["kind"] == "finding" and one.get("object_kind") in kinds]


def perfect(records: list[dict[str, Any]]) -> Iterator[tuple[str, list[str]]]:
    """Names one thing, counts another, cites both."""
    for one in structural(records)[:1]:
        yield f"The fault in `{one['object']}` comes before everything that rests on it.", [one["id"]]
    for one in records:
        if "table_bytes" in one["facts"] and "estimated_rows" in one["facts"]:
            kilobytes = one["facts"]["table_bytes"] / 1024
            rows = one["facts"]["estimated_rows"]
            yield f"With {rows:,} rows in {kilobytes:.1f} kB `{one['object']}` leads.", [one["id"]]
            return
