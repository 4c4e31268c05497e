"""Statements that take a fix back, where a pattern is known to; nothing where it is not."""

from __future__ import annotations

import re

from pgaudit.review.evidence.undoing import undone
from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.names import quoted
from probes.catalog.navigation import Index
from probes.checks._support.indexes import key_list_sql

_NAME = r'(?P<table>(?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))?)'
_TURNED = (
    (rf"alter table {_NAME} enable row level security", "alter table {table} disable row level security"),
    (rf"alter table {_NAME} force row level security", "alter table {table} no force row level security"),
    (rf"alter table {_NAME} enable trigger (?!\"RI_)(?P<rest>.+)", "alter table {table} disable trigger {rest}"),
    (rf"alter table {_NAME} set logged", "alter table {table} set unlogged"),
    (r"alter system set (?P<rest>[\w.]+) .*", "alter system reset {rest}"),
    (r"alter database (?P<table>\S+) set (?P<rest>[\w.]+) .*", "alter database {table} reset {rest}"),
    (r"alter role (?P<table>\S+) nobypassrls", "alter role {table} bypassrls"),
    (r"revoke (?P<rest>.+) on (?P<table>.+) from (?P<role>.+)", "grant {rest} on {table} to {role}"),
    (rf"alter view {_NAME} set \(security_invoker = true\)", "alter view {table} reset (security_invoker)"),
    (r"grant (?P<rest>.+) on (?P<table>.+) to (?P<role>.+)", "revoke {rest} on {table} from {role}"),
    (r"create extension (?P<rest>[\w$]+)", "drop extension {rest}"),
    (rf"create trigger (?P<rest>\S+) .+? on {_NAME} .*", "drop trigger {rest} on {table}"),
    (
        rf"alter table {_NAME} alter column (?P<rest>\S+) set not null",
        "alter table {table} alter column {rest} drop not null",
    ),
    (
        rf"alter table {_NAME} alter constraint (?P<rest>\S+) enforced",
        "alter table {table} alter constraint {rest} not enforced",
    ),
    (
        rf"alter table {_NAME} add constraint (?P<rest>\S+) (?!.*using index).+",
        "alter table {table} drop constraint {rest}",
    ),
    (r"create policy (?P<rest>\S+) on (?P<table>\S+) .*", "drop policy {rest} on {table}"),
)
_BUILD = re.compile(
    r"create (?:unique )?index (?P<concurrently>concurrently )?(?:(?!on )(?P<name>[\w$]+) )?"
    r"on (?P<schema>[\w$]+)\.(?P<table>[\w$]+) \((?P<keys>[\w$, ]+)\)"
)
_DROP = re.compile(r"drop index concurrently (?P<schema>[\w$]+)\.(?P<name>[\w$]+)")
_LONGEST_NAME = 63
_ADDED = re.compile(rf"alter table {_NAME} add constraint (?P<name>\S+) .+", re.DOTALL)
_DROPPED = re.compile(rf"alter table {_NAME} drop constraint (?P<name>\S+)")
_NOTHING_TO_UNDO = ("select pg_catalog.pg_reload_conf", "analyze ")
_VALIDATED = re.compile(rf"alter table {_NAME} validate constraint \S+")


def rollback_of(sql: tuple[str, ...], catalog: Catalog) -> tuple[str, ...]:
    """The way back, last statement first; empty where one of the statements has none that is known."""
    found: list[str] = []
    passing, is_compound = _passing(sql), len(sql) > 1
    for statement in reversed(sql):
        if statement.startswith(_NOTHING_TO_UNDO) or statement in passing:
            continue
        if is_compound and _VALIDATED.fullmatch(statement):
            continue
        back = (
            _turned(statement)
            or _undone_build(statement)
            or _undone_drop(statement, catalog)
            or undone(statement, catalog)
        )
        if back is None:
            return ()
        found.append(back)
    if found and sql[-1].startswith("select pg_catalog.pg_reload_conf"):
        found.append(sql[-1])
    return tuple(found)


def _passing(sql: tuple[str, ...]) -> set[str]:
    """Statements that add a constraint which the same change drops again, and those that drop it."""
    added = {match.group("table", "name"): one for one in sql if (match := _ADDED.fullmatch(one))}
    dropped = {match.group("table", "name"): one for one in sql if (match := _DROPPED.fullmatch(one))}
    both = added.keys() & dropped.keys()
    return {one for key in both for one in (added[key], dropped[key])}


def _turned(statement: str) -> str | None:
    for pattern, back in _TURNED:
        match = re.fullmatch(pattern, statement, re.DOTALL)
        if match:
            return back.format(**match.groupdict())
    return None


def _undone_build(statement: str) -> str | None:
    """The server names an index without a name after its table and columns."""
    match = _BUILD.fullmatch(statement)
    if match is None:
        return None
    name = match["name"] or "_".join([match["table"], *match["keys"].split(", "), "idx"])
    back = f"drop index {match['concurrently'] or ''}{match['schema']}.{name}"
    return back if len(name) <= _LONGEST_NAME else None


def _undone_drop(statement: str, catalog: Catalog) -> str | None:
    match = _DROP.fullmatch(statement)
    if match is None:
        return None
    for index in catalog.indexes:
        if (index.schema, index.name) == (match["schema"], match["name"]):
            return _definition(index) if index.is_usable else None
    return None


def _definition(index: Index) -> str | None:
    """CREATE INDEX for a plain index; None for one whose predicate or key could not be written."""
    keys = key_list_sql(index)
    predicate = text_of(index.row.predicate)
    if keys is None or (index.row.predicate is not None and predicate is None) or index.constraint:
        return None
    unique = "unique " if index.row.unique else ""
    where = f" where {predicate}" if predicate else ""
    return f"create {unique}index concurrently {quoted(index.name)} on {index.relation.sql} {keys}{where}"
