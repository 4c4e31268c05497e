"""The context file as evidence, and a record for each input that nobody gave."""

from __future__ import annotations

from collections.abc import Iterator

from pgaudit.review.context.model import WANTED, Context, InputName, Source
from pgaudit.review.evidence.records import Record, RecordKind, Trust, record_id

PROPOSAL = "input/proposal"
RELATED = "input/related"


def topic_of(name: InputName) -> str:
    """The topic under which an input, given or missing, is found."""
    return f"input/{name.value}"


def context_records(context: Context | None, *, gate: bool, related: bool) -> Iterator[Record]:
    """What was given, and what was not."""
    for name, wanted in WANTED.items():
        given = context.get(name) if context else None
        if given is None:
            yield missing(
                topic_of(name), name.value.replace("_", " "), wanted.asks, f"{name.value} in the context file"
            )
            continue
        inferred = given.source is Source.INFERRED
        yield Record(
            id=record_id(RecordKind.CONTEXT, topic_of(name)),
            kind=RecordKind.CONTEXT,
            topic=topic_of(name),
            title=name.value.replace("_", " "),
            says=f"{'inferred' if inferred else 'stated'}: {given.text}",
            facts={"value": given.text},
            trust=Trust.INFERRED if inferred else Trust.STATED,
        )
    if not gate:
        yield missing(PROPOSAL, "proposal", "the proposed schema or pending migrations", "--proposal PATH")
    if not related:
        yield missing(RELATED, "related database", "the second database that ids point into", "--related URL")


def missing(topic: str, title: str, asks: str, needs: str) -> Record:
    """The record of an input that nobody gave."""
    return Record(
        id=record_id(RecordKind.MISSING, topic),
        kind=RecordKind.MISSING,
        topic=topic,
        title=title,
        says=f"not given: {asks}",
        needs=needs,
    )
