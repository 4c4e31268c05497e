"""What the records behind a sentence say: their words, and the texts that advise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from pgaudit.review.evidence.records import Record

_WORD = re.compile(r"\w+")


class Cited:
    """The records that a sentence cites."""

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = tuple(records)

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of what was seen and advised, in lower case."""
        texts = (*self.seen, *self.advised, *(one.why or "" for one in self.records))
        return frozenset(word.lower() for text in texts for word in _WORD.findall(text))

    @cached_property
    def seen(self) -> tuple[str, ...]:
        """Titles, sentences, names and facts."""
        return tuple(text for record in self.records for text in _seen(record))

    @cached_property
    def advised(self) -> tuple[str, ...]:
        """What mends it: our own SQL and the advice beside it; the check's page where there is neither."""
        return tuple(text for record in self.records for text in _advised(record))

    @cached_property
    def names(self) -> frozenset[str]:
        """Words of the names of the objects, in lower case."""
        return frozenset(word.lower() for record in self.records for word in object_words(record))


def object_words(record: Record) -> Iterator[str]:
    """Each word of the name of what a record is about."""
    one = record.object
    if one is None:
        return
    for name in (one.schema, one.table, one.name, *one.columns):
        yield from _WORD.findall(name or "")


def relation_names(records: Iterable[Record]) -> frozenset[str]:
    """Names of tables and views that any record is about, in lower case."""
    kinds = {"table", "partitioned table", "view", "materialized view", "foreign table"}
    objects = [record.object for record in records if record.object]
    tables = {one.name for one in objects if one.kind in kinds} | {one.table for one in objects if one.table}
    return frozenset(name.lower() for name in tables)


def _seen(record: Record) -> Iterator[str]:
    yield record.title
    yield record.says
    if record.object:
        yield record.object.kind
        yield str(record.object)
        yield from record.object.columns
    for key, value in record.facts.items():
        yield key
        yield key.replace("_", " ")
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple | list):
            yield from map(str, value)


def _advised(record: Record) -> Iterator[str]:
    if record.change:
        yield from record.change.sql
        yield record.change.note or ""
    if record.advice:
        yield record.advice
    elif record.change is None:
        yield record.remedy or ""
