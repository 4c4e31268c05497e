"""Indexes: what is missing, what is too much, what could not be judged."""

from __future__ import annotations

from pgaudit.reports.words import bytes_in_words
from pgaudit.review.backends.offline.desk import Desk, joined, number, plural, say, words
from pgaudit.review.deciding.changes import PlannedChange
from pgaudit.review.documents.parts import Claim
from pgaudit.review.evidence.records import Record

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
    if relations:
        size = bytes_in_words(number(relations.facts.get("index_bytes")))
        heap = bytes_in_words(number(relations.facts.get("table_bytes")))
        count = number(relations.facts.get("indexes"))
        claims.append(say(f"{count:,g} indexes hold {size}, beside {heap} of tables", relations))
    claims += _missing(desk)
    claims += _useless(desk)
    broken = desk.found("indexes/invalid")
    if broken:
        names = joined(record.object.name for record in broken if record.object)
        claims.append(say(f"Paid for by writes and used by no query, because their build failed: {names}", *broken))
    wrong = desk.found("indexes/btree_on_array", "indexes/boolean_column", "indexes/mostly_null_column")
    claims += [say(record.says, record) for record in wrong]
    return [*claims, *unjudged(desk)]


def _missing(desk: Desk) -> list[Claim]:
    found = missing(desk)
    if found:
        where = joined(
            f"{record.object.table or record.object.name} ({', '.join(record.object.columns)})"
            for record in found
            if record.object
        )
        largest = max(number(record.facts.get("table_bytes")) for record in found)
        return [
            say(
                f"{plural(len(found), 'lookup')} have no index to go by: {where}; the largest of these tables is read "
                f"whole, {bytes_in_words(largest)} each time",
                *found,
            )
        ]
    clean, keys = desk.clean("indexes/unindexed_foreign_key"), desk.fact("keys")
    has_keys = keys is None or number(keys.facts.get("foreign_keys")) > 0
    return [say("Every foreign key can be looked up by an index", *clean)] if clean and has_keys else []


def _useless(desk: Desk) -> list[Claim]:
    found = desk.found(*_USELESS)
    if found:
        size = sum(number(record.facts.get("index_bytes")) for record in found)
        pairs = joined(_pair(record) for record in found)
        return [say(f"{plural(len(found), 'index', 'indexes')} of {bytes_in_words(size)} can go: {pairs}", *found)]
    clean = desk.clean("indexes/duplicate", "indexes/redundant_prefix")
    return [say("No index repeats another", *clean)] if clean else []


def _pair(record: Record) -> str:
    kept = record.facts.get("kept_index") or record.facts.get("wider_index")
    name = record.object.name if record.object else record.title
    return f"{name} (kept: {kept})" if kept else name


def unjudged(desk: Desk) -> list[Claim]:
    """Index checks that counters were too young for."""
    skips = desk.skipped("indexes/", "queries/")
    if not skips:
        return []
    names = joined(record.title.lower() for record in skips[:6])
    needs = next((record.needs for record in skips if record.needs), None)
    until = f"; it needs {needs}" if needs else ""
    reason = skips[0].says.removeprefix("not verified: ")
    return [say(f"Not verified, because {reason}{until}: {names}", *skips)]


def columns_of(record: Record) -> str:
    """`market.messages (tenant_id, listing_id)`."""
    if record.object is None:
        return record.title
    table = ".".join(part for part in (record.object.schema, record.object.table or record.object.name) if part)
    return f"{table} ({', '.join(record.object.columns)})" if record.object.columns else table


__all__ = ["builds", "columns_of", "drops", "index_strategy", "missing", "unjudged", "words"]
