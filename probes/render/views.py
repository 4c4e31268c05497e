"""Views and rules as DDL. The catalog holds what they mention, not their text: queries of the same mentions serve."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.names import quoted
from probes.catalog.rows import PgAttribute, PgClass, PgRewrite, PgType
from probes.finding import ObjectRef
from probes.render.giving import Given, written
from probes.render.mentions import Mentioned, Query, mentioned
from probes.render.model import Key, Phase, Piece
from probes.render.names import Names
from probes.render.scribe import Scribe, options
from probes.render.tables import STORAGE, about_relation
from probes.render.types import COMPRESSION

_LACK = "the catalog holds what its query mentions, not its text"
_EVENTS = {"2": "update", "3": "insert", "4": "delete"}
_ENABLING = {"D": "disable rule", "R": "enable replica rule", "A": "enable always rule"}


def views(names: Names) -> Iterator[Given]:
    """Every view and materialized view."""
    rules = {row.relation: row for row in names.catalog.rows(PgRewrite) if row.name == "_RETURN"}
    for row in names.catalog.rows(PgClass):
        if row.kind in "vm" and not names.is_member("pg_class", row.oid):
            yield _view(names, row, rules.get(row.oid))


def _view(names: Names, row: PgClass, rule: PgRewrite | None) -> Given:
    key: Key = ("pg_class", row.oid)

    def write(scribe: Scribe) -> Piece:
        scribe.lack(_LACK)
        mentions = names.depends.get(("pg_rewrite", rule.oid), []) if rule else []
        found = mentioned(mentions, leaving_out=row.oid)
        sql = _definition(scribe, row, found)
        return scribe.piece(
            key, Phase.DEFINITION, about_relation(names, row), sql, provides=[("pg_type", row.row_type)]
        )

    return written(names, key, about_relation(names, row), write)


def _definition(scribe: Scribe, row: PgClass, found: Mentioned) -> list[str]:
    columns = scribe.catalog.grouped(PgAttribute, "relation").get(row.oid, [])
    name = scribe.in_schema(row.namespace, row.name)
    kind = "view" if row.kind == "v" else "materialized view"
    stored = f" with ({options(row.options)})" if row.options else ""
    query = Query(scribe, found).select(columns)
    sql = [f"create {kind} {name}{stored} as {query}{' with no data' if row.kind == 'm' else ''}"]
    if row.kind == "m":
        changes = (f"{quoted(column.name)} {word}" for column in columns for word in _of_column(scribe, column))
        sql += [f"alter materialized view {name} alter column {change}" for change in changes]
    return sql


def _of_column(scribe: Scribe, column: PgAttribute) -> Iterator[str]:
    """What of a column is not that of its type."""
    known = scribe.catalog.find(PgType, column.type)
    if known is not None and column.storage != known.storage:
        yield f"set storage {STORAGE[column.storage]}"
    if column.compression:
        yield f"set compression {COMPRESSION[column.compression]}"
    if column.statistics_target is not None:
        yield f"set statistics {column.statistics_target}"
    if column.options:
        yield f"set ({options(column.options)})"


def rules(names: Names) -> Iterator[Given]:
    """Every rule that does not make a view."""
    for row in names.catalog.rows(PgRewrite):
        relation = names.catalog.find(PgClass, row.relation)
        if row.name != "_RETURN" and relation is not None and not names.is_member("pg_class", row.relation):
            yield _rule(names, row, relation)


def _rule(names: Names, row: PgRewrite, relation: PgClass) -> Given:
    key: Key = ("pg_rewrite", row.oid)
    about = ObjectRef("rule", row.name, names.catalog.schema_name(relation.namespace), relation.name)

    def write(scribe: Scribe) -> Piece:
        scribe.lack(_LACK)
        event = _EVENTS[row.event]
        depends = names.depends.get(("pg_rewrite", row.oid), [])
        own = [one.referenced_column for one in depends if one.referenced == relation.oid and one.kind == "n"]
        side = "new" if event == "insert" else "old"
        columns = {number: f"{side}.{scribe.column(relation.oid, number)}" for number in sorted(set(own) - {0})}
        # An action mentions the relation, or columns of it instead; a condition columns only.
        told = [name for number, name in columns.items() if 0 in own or own.count(number) > 1]
        where = f" where row({', '.join(told)}) is null" if told else ""
        beside = [f"row({', '.join(columns.values())}) is null"] if columns and 0 not in own else []
        source = Query(scribe, mentioned(depends, leaving_out=relation.oid)).source(*beside)
        action = f"select{source}" if source or own else "nothing"
        table = scribe.relation(relation.oid)
        how = "instead" if row.instead else "also"
        sql = [f"create rule {quoted(row.name)} as on {event} to {table}{where} do {how} {action}"]
        if row.enabled in _ENABLING:
            sql.append(f"alter table {table} {_ENABLING[row.enabled]} {quoted(row.name)}")
        return scribe.piece(key, Phase.GUARD, about, sql)

    return written(names, key, about, write)
