"""Indexes: what is missing, what is too much, what could not be judged."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pgaudit.reports.words import bytes_in_words
from pgaudit.review.backends.offline.desk import Desk, joined, number, plural, say, within, words
from pgaudit.review.deciding.changes import PlannedChange
from pgaudit.review.documents.parts import Claim
from pgaudit.review.evidence.records import Record

_NAMES = 6
_TWICE = re.compile(r"^(\w+): (?=\1 )")
"""A name before a sentence that begins with it."""
_MISSING = (
    "indexes/unindexed_foreign_key",
    "indexes/missing",
    "queries/missing_index",
    "queries/unserved",
    "workload/missing",
)
_USELESS = ("indexes/duplicate", "indexes/redundant_prefix", "indexes/redundant_by_skip_scan", "indexes/unused")


def missing(desk: Desk) -> list[Record]:
    """Findings of indexes that are not there."""
    return desk.found(*_MISSING)


def builds(desk: Desk) -> list[PlannedChange]:
    """Changes that build an index."""
    return [one for one in desk.decisions.changes if any("create index" in text for text in one.change.sql)]


def drops(desk: Desk) -> list[PlannedChange]:
    """Changes that only drop an index."""
    return [one for one in desk.decisions.changes if all(text.startswith("drop index") for text in one.change.sql)]


def index_strategy(desk: Desk) -> list[Claim]:
    """Foreign keys without an index, indexes without use, broken ones, and what counters were too young for."""
    claims: list[Claim] = []
    relations = desk.fact("relations")
    if relations and number(relations.facts.get("indexes")):
        size = bytes_in_words(number(relations.facts.get("index_bytes")))
        heap = bytes_in_words(number(relations.facts.get("table_bytes")))
        count = number(relations.facts.get("indexes"))
        told = f"{plural(count, 'index holds', 'indexes hold')} {size}, beside {heap} of tables"
        claims.append(say(told, relations))
    claims += _missing(desk)
    claims += _useless(desk)
    claims += _broken(desk)
    wrong = desk.found("indexes/btree_on_array", "indexes/boolean_column", "indexes/mostly_null_column")
    claims += [say(record.says, record) for record in wrong]
    return [*claims, *unjudged(desk)]


def _broken(desk: Desk) -> list[Claim]:
    """Indexes whose build failed, and partitioned ones that are not complete."""
    found = desk.found("indexes/invalid")
    partitioned = [one for one in found if one.says.startswith("partitioned ")]
    failed = [one for one in found if one not in partitioned]
    claims: list[Claim] = []
    if failed:
        names = joined(record.object.name for record in failed if record.object)
        claims.append(say(f"Paid for by writes and used by no query, because their build failed: {names}", *failed))
    return [*claims, *(say(record.says, record) for record in partitioned)]


def _missing(desk: Desk) -> list[Claim]:
    found = missing(desk)
    if found:
        has = "has" if len(found) == 1 else "have"
        largest = max(number(record.facts.get("table_bytes")) for record in found)
        size = f"; the largest of these tables holds {bytes_in_words(largest)}" if largest else ""
        small = "" if desk.numbers(found) else "; with so few rows in these tables no change is asked for yet"
        text = (
            f"{plural(len(found), 'lookup')} {has} no index to go by: {_shortened(map(_looked_up, found))}{size}{small}"
        )
        return [say(text, *found)]
    clean, keys = desk.clean("indexes/unindexed_foreign_key"), desk.fact("keys")
    has_keys = keys is None or number(keys.facts.get("foreign_keys")) > 0
    return [say("Every foreign key can be looked up by an index", *clean)] if clean and has_keys else []


def _useless(desk: Desk) -> list[Claim]:
    found = desk.found(*_USELESS)
    if found:
        size = sum(number(record.facts.get("index_bytes")) for record in found)
        pairs = _shortened(map(_pair, found))
        return [say(f"{plural(len(found), 'index', 'indexes')} of {bytes_in_words(size)} can go: {pairs}", *found)]
    clean = desk.clean("indexes/duplicate", "indexes/redundant_prefix")
    relations = desk.fact("relations")
    if relations and not number(relations.facts.get("indexes")):
        return []
    return [say("No index repeats another", *clean)] if clean else []


def _looked_up(record: Record) -> str:
    subject = record.object
    return f"{subject.table or subject.name} ({', '.join(subject.columns)})" if subject else record.title


def _shortened(names: Iterable[str]) -> str:
    """The first few, and how many more."""
    listed = list(names)
    more = [f"and {len(listed) - _NAMES} more"] if len(listed) > _NAMES else []
    return joined([*listed[:_NAMES], *more])


def _pair(record: Record) -> str:
    kept = record.facts.get("kept_index") or record.facts.get("wider_index")
    name = record.object.name if record.object else record.title
    return f"{name} (kept: {kept})" if kept else name


def unjudged(desk: Desk) -> list[Claim]:
    """Index checks that counters were too young for."""
    skips = desk.skipped("indexes/", "queries/")
    if not skips:
        return []
    return unverified(skips)


def unverified(skips: list[Record]) -> list[Claim]:
    """What could not be verified, why, and what it needs: one claim for each reason and need."""
    alike: dict[tuple[str, str | None], list[Record]] = {}
    for record in skips:
        reason = _TWICE.sub("", record.says.removeprefix("not verified: "))
        alike.setdefault((reason, record.needs), []).append(record)
    claims: list[Claim] = []
    for (reason, needs), records in alike.items():
        until = f" It needs {needs}." if needs else ""
        names = joined(within(record.title) for record in records)
        claims.append(say(f"Not verified, because {reason}: {names}.{until}", *records))
    return claims


def columns_of(record: Record) -> str:
    """`market.messages (tenant_id, listing_id)`."""
    if record.object is None:
        return record.title
    table = ".".join(part for part in (record.object.schema, record.object.table or record.object.name) if part)
    return f"{table} ({', '.join(record.object.columns)})" if record.object.columns else table


__all__ = ["builds", "columns_of", "drops", "index_strategy", "missing", "unjudged", "unverified", "words"]
