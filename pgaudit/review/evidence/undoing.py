"""Ways back that only the catalog knows: what a policy, path, owner, default or constraint was before."""

from __future__ import annotations

import re
from collections.abc import Callable

from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.names import quoted
from probes.catalog.navigation import ForeignKey, Policy, Relation

_WORD = r'(?:"[^"]+"|[\w$]+)'
_TABLE = rf"(?P<table>{_WORD}\.{_WORD})"
_ACTIONS = {"c": "cascade", "n": "set null", "d": "set default", "r": "restrict"}


def undone(statement: str, catalog: Catalog) -> str | None:
    """The statement that brings back what the catalog shows; None where none is known."""
    for pattern, make in _UNDOING:
        match = re.fullmatch(pattern, statement, re.DOTALL)
        if match:
            return make(match, catalog)
    return None


def _relation(match: re.Match[str], catalog: Catalog) -> Relation | None:
    parts = re.findall(_WORD, match["table"])
    schema, name = (part.strip('"') for part in parts)
    return catalog.relation_named(schema, name)


def _policy(match: re.Match[str], catalog: Catalog) -> str | None:
    table = _relation(match, catalog)
    policy = next((one for one in table.policies if one.sql == match["name"]), None) if table else None
    if policy is None or table is None:
        return None
    clauses = _clauses(policy, with_check="with check" in match["rest"])
    return f"alter policy {policy.sql} on {table.sql}{clauses}" if clauses else None


def _clauses(policy: Policy, *, with_check: bool) -> str | None:
    """The expressions as they were; None where one that was not there would have to be taken away."""
    using, check = text_of(policy.row.using), text_of(policy.row.check)
    if with_check and policy.row.check is None and policy.row.command in {"w", "*"}:
        return None if using is None else f" using {using} with check {using}"
    parts = [f" using {using}" if using else "", f" with check {check}" if with_check and check else ""]
    return "".join(parts) or None


def _path(match: re.Match[str], catalog: Catalog) -> str | None:
    function = next((one for one in catalog.functions if one.signature == match["function"]), None)
    if function is None:
        return None
    before = next((one.partition("=")[2] for one in function.row.config if one.startswith("search_path=")), None)
    return (
        f"alter {match['noun']} {match['function']} set search_path = {before}"
        if before
        else f"alter {match['noun']} {match['function']} reset search_path"
    )


def _owner(match: re.Match[str], catalog: Catalog) -> str | None:
    table = _relation(match, catalog)
    return f"alter table {table.sql} owner to {quoted(table.owner.name)}" if table and table.owner else None


def _parameter(match: re.Match[str], catalog: Catalog) -> str | None:
    table = _relation(match, catalog)
    name = match["name"]
    before = next((one for one in table.row.options if one.startswith(f"{name}=")), None) if table else None
    return f"alter table {match['table']} set ({name} = {before.partition('=')[2]})" if before else None


def _type(match: re.Match[str], catalog: Catalog) -> str | None:
    """The type as it was; a moment that was read in a zone is written in it again."""
    table = _relation(match, catalog)
    column = next((one for one in table.columns if quoted(one.name) == match["name"]), None) if table else None
    if column is None:
        return None
    zone = re.search(r" (at time zone '[^']+')$", match["rest"])
    using = f"{match['name']} {zone[1]}" if zone else f"{match['name']}::{column.type.sql}"
    return f"alter table {match['table']} alter column {match['name']} type {column.type.sql} using {using}"


def _default(match: re.Match[str], catalog: Catalog) -> str | None:
    table = _relation(match, catalog)
    column = next((one for one in table.columns if quoted(one.name) == match["name"]), None) if table else None
    if column is None:
        return None
    before = text_of(column.default.expression) if column.default else None
    head = f"alter table {match['table']} alter column {match['name']}"
    return f"{head} set default {before}" if before else f"{head} drop default"


def _constraint(match: re.Match[str], catalog: Catalog) -> str | None:
    """Foreign keys only: what else is dropped is replaced in the same change."""
    table = _relation(match, catalog)
    keys = table.foreign_keys if table else []
    key = next((one for one in keys if one.sql == match["name"]), None)
    return _foreign_key(key) if key else None


def _foreign_key(key: ForeignKey) -> str | None:
    referenced = key.referenced
    if referenced is None or key.row.match != "s" or key.row.deferrable or key.row.on_delete_columns:
        return None
    ours = ", ".join(quoted(one.name) for one, _ in key.pairs)
    theirs = ", ".join(quoted(one.name) for _, one in key.pairs)
    deleting = f" on delete {_ACTIONS[key.row.on_delete]}" if key.row.on_delete in _ACTIONS else ""
    updating = f" on update {_ACTIONS[key.row.on_update]}" if key.row.on_update in _ACTIONS else ""
    return (
        f"alter table {key.referencing.sql} add constraint {key.sql} foreign key ({ours}) references "
        f"{referenced.sql} ({theirs}){deleting}{updating}"
    )


def _added_column(match: re.Match[str], _: Catalog) -> str:
    return f"alter table {match['table']} drop column {match['name']}"


def _partition(match: re.Match[str], _: Catalog) -> str:
    return f"drop table {match['table']}"


def _identity(match: re.Match[str], _: Catalog) -> str:
    return f"alter table {match['table']} replica identity default"


_UNDOING: tuple[tuple[str, Callable[[re.Match[str], Catalog], str | None]], ...] = (
    (rf"alter policy (?P<name>{_WORD}) on {_TABLE} (?P<rest>.+)", _policy),
    (r"alter (?P<noun>function|procedure) (?P<function>.+?) set search_path = .+", _path),
    (rf"alter table {_TABLE} owner to .+", _owner),
    (rf"alter table {_TABLE} reset \((?P<name>\w+)\)", _parameter),
    (rf"alter table {_TABLE} alter column (?P<name>{_WORD}) set default .+", _default),
    (rf"alter table {_TABLE} alter column (?P<name>{_WORD}) type (?P<rest>.+)", _type),
    (rf"alter table {_TABLE} drop constraint (?P<name>{_WORD})", _constraint),
    (rf"alter table {_TABLE} add column (?P<name>{_WORD}) .+", _added_column),
    (rf"create table {_TABLE} partition of .+", _partition),
    (rf"alter table {_TABLE} replica identity full", _identity),
)
