"""Queries that show whether a change has done what it should."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pgaudit.review.backends.offline.desk import Desk, say
from pgaudit.review.deciding.changes import PlannedChange
from pgaudit.review.documents.authority import Query
from pgaudit.review.documents.parts import Cell, Row, Table
from pgaudit.review.evidence.records import Record
from probes.catalog.names import literal, qualified

_GUARDED_SQL = (
    "select relrowsecurity and exists (select from pg_policy where polrelid = c.oid) from pg_class as c "
    "where c.oid = {table}::regclass"
)
_GUARDED = (_GUARDED_SQL, "true")
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
    "security/view_runs_as_owner": (
        "select coalesce('security_invoker=true' = any(reloptions), false) from pg_class where oid = {table}::regclass",
        "true",
    ),
    "storage/unlogged_table": ("select relpersistence from pg_class where oid = {table}::regclass", "p"),
}
_BY_NAME: Mapping[str, tuple[str, str]] = {
    "security/public_can_create_in_schema": ("select has_schema_privilege('public', {name}, 'create')", "false"),
    "security/bypassrls_role": ("select rolbypassrls from pg_roles where rolname = {name}", "false"),
}
"""What has no schema that it lies in."""
_BY_SETTING = ("config/fsync_off", "config/full_page_writes_off", "config/log_lock_waits_off")
_LEFT = (
    "select case when increment_by > 0 then (max_value - last_value) / increment_by "
    "else (min_value - last_value) / increment_by end > 1000000000 from pg_sequences "
    "where schemaname = {schema} and sequencename = {name}"
)
"""More than a billion numbers are left."""
_AHEAD = "select s.last_value >= (select max({column}) from {table}) from {sequence} as s"
_BUILT = re.compile(
    r"create (?:unique )?index concurrently (?P<name>\"[^\"]+\"|[\w$]+) on (?P<schema>\"[^\"]+\"|[\w$]+)\."
)
_DROPPED = re.compile(r"drop index concurrently (?P<index>(?:\"[^\"]+\"|[\w$]+)\.(?:\"[^\"]+\"|[\w$]+))")
_WAS_DROPPED = "select to_regclass({index}) is null"
_WAS_BUILT = "select indisvalid from pg_index where indexrelid = {index}::regclass"


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
        for query in (*_built(change), *_gone(change)):
            found.setdefault(query.sql, query)
    return tuple(found.values())


def query_table(queries: Iterable[Query]) -> Table | None:
    """The queries as documents show them; None for none."""
    rows = tuple(
        Row((Cell(one.proves.text), Cell(one.sql, is_code=True), Cell(one.expects)), one.proves.cites)
        for one in queries
    )
    return Table(("Shows that", "Query", "Expected"), rows) if rows else None


def _built(change: PlannedChange) -> list[Query]:
    """Whether the indexes that a change builds, and keeps under that name, were built to the end."""
    made: list[Query] = []
    for statement in change.change.sql:
        match = _BUILT.match(statement)
        if match and not any(" rename to " in one or " using index " in one for one in change.change.sql):
            index = f"{match['schema']}.{match['name']}"
            sql = _WAS_BUILT.format(index=literal(index))
            made.append(Query(say(f"change {change.number} has built {index}", *change.records), sql, "true"))
    return made


def _gone(change: PlannedChange) -> list[Query]:
    """Whether the indexes are gone that a change only drops."""
    matches = [_DROPPED.fullmatch(statement) for statement in change.change.sql]
    if not all(matches):
        return []
    return [
        Query(
            say(f"change {change.number} has dropped {match['index']}", *change.records),
            _WAS_DROPPED.format(index=literal(match["index"])),
            "true",
        )
        for match in matches
        if match
    ]


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
    if record.topic in _BY_NAME:
        sql, expects = _BY_NAME[record.topic]
        made.append(
            Query(
                say(f"change {number} holds on {subject.name}", record), sql.format(name=literal(subject.name)), expects
            )
        )
    if record.topic in _BY_SETTING:
        made.append(Query(say(f"change {number} is in force", record), f"show {subject.name}", "on"))
    return [*made, *_of_sequence(record, number), *_orphans(desk, record)]


def _of_sequence(record: Record, number: int) -> list[Query]:
    subject = record.object
    if subject is None or not subject.schema:
        return []
    if record.topic == "sequences/near_exhaustion" and record.change and "bigint" in " ".join(record.change.sql):
        sql = _LEFT.format(schema=literal(subject.schema), name=literal(subject.name))
        return [Query(say(f"change {number} leaves a billion numbers in {subject.name}", record), sql, "true")]
    setting = re.search(r"pg_catalog\.max\((?P<column>.+?)\)\) from (?P<table>\S+)", _first_statement(record))
    if record.topic == "sequences/behind_column_max" and setting:
        sequence = qualified(subject.schema, subject.name)
        sql = _AHEAD.format(column=setting["column"], table=setting["table"], sequence=sequence)
        return [Query(say(f"change {number} brings {subject.name} to its column", record), sql, "true")]
    return []


def _first_statement(record: Record) -> str:
    return record.change.sql[0] if record.change else ""


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
