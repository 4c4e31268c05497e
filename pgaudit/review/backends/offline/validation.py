"""Queries that show whether a change has done what it should."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pgaudit.review.backends.offline.desk import Desk, say
from pgaudit.review.deciding.changes import PlannedChange
from pgaudit.review.documents.authority import Query
from pgaudit.review.evidence.records import Record
from probes.catalog.names import literal, qualified

_GUARDED_SQL = (
    "select relrowsecurity, (select count(*) from pg_policy where polrelid = c.oid) from pg_class as c "
    "where c.oid = {table}::regclass"
)
_GUARDED = (_GUARDED_SQL, "true, and at least 1 policy")
_BY_TABLE: Mapping[str, tuple[str, str]] = {
    "security/rls_disabled_exposed_table": _GUARDED,
    "security/policy_without_rls": _GUARDED,
    "security/owner_bypasses_rls": ("select relforcerowsecurity from pg_class where oid = {table}::regclass", "true"),
    "constraints/disabled_trigger": (
        "select count(*) from pg_trigger where tgrelid = {table}::regclass and tgenabled = 'D'",
        "0",
    ),
    "constraints/missing_primary_key": (
        "select count(*) from pg_constraint where conrelid = {table}::regclass and contype = 'p'",
        "1",
    ),
    "constraints/not_validated": (
        "select count(*) from pg_constraint where conrelid = {table}::regclass and not convalidated",
        "0",
    ),
    "storage/unlogged_table": ("select relpersistence from pg_class where oid = {table}::regclass", "p"),
    "indexes/unindexed_foreign_key": (
        "select count(*) from pg_index where indrelid = {table}::regclass and not indisvalid",
        "0",
    ),
}
_BY_SETTING = ("config/fsync_off", "config/full_page_writes_off", "config/log_lock_waits_off")
_BY_SEQUENCE = ("sequences/near_exhaustion", "sequences/behind_column_max")


_OF_DOMAIN = ("select count(*) from pg_constraint where contypid = {table}::regtype and not convalidated", "0")


def _is_about_domain(record: Record) -> bool:
    return record.facts.get("constraint_kind") == "domain constraint"


def validation_queries(desk: Desk, changes: Iterable[PlannedChange]) -> tuple[Query, ...]:
    """Queries for some changes, each once, with what they must give."""
    found: dict[str, Query] = {}
    for change in changes:
        for record in change.records:
            for query in _queries(desk, record, change.number):
                found.setdefault(query.sql, query)
    return tuple(found.values())


def _queries(desk: Desk, record: Record, number: int) -> list[Query]:
    subject = record.object
    if subject is None:
        return []
    made: list[Query] = []
    if record.topic in _BY_TABLE and subject.schema:
        sql, expects = _OF_DOMAIN if _is_about_domain(record) else _BY_TABLE[record.topic]
        table = literal(qualified(subject.schema, subject.table or subject.name))
        what = subject.table or subject.name
        made.append(Query(say(f"change {number} holds on {what}", record), sql.format(table=table), expects))
    if record.topic in _BY_SETTING:
        made.append(Query(say(f"change {number} is in force", record), f"show {subject.name}", "on"))
    if record.topic in _BY_SEQUENCE and subject.schema:
        sequence = f"schemaname = {literal(subject.schema)} and sequencename = {literal(subject.name)}"
        sql = f"select last_value, min_value, max_value, increment_by from pg_sequences where {sequence}"
        made.append(
            Query(say(f"change {number} leaves room in {subject.name}", record), sql, "last_value far from its end")
        )
    return [*made, *_orphans(desk, record)]


def _orphans(desk: Desk, record: Record) -> list[Query]:
    """Rows that came in while nobody looked."""
    subject = record.object
    if subject is None or not record.topic.startswith("constraints/"):
        return []
    found: list[Query] = []
    for key in desk.facts("unguarded_key"):
        there = key.object
        same_table = there and (there.schema, there.table) == (subject.schema, subject.table or subject.name)
        if there and same_table and subject.kind in {"table", "partitioned table", "constraint"}:
            if subject.kind == "constraint" and there.name != subject.name:
                continue
            found.append(Query(say(f"no orphan under {there.name}", record, key), str(key.facts["sql"]), "0"))
    return found
