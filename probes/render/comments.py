"""Comments as DDL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from probes.catalog.names import quoted
from probes.catalog.rows import (
    PgClass,
    PgCollation,
    PgConstraint,
    PgDescription,
    PgEventTrigger,
    PgExtension,
    PgIndex,
    PgNamespace,
    PgPolicy,
    PgPublication,
    PgRewrite,
    PgStatisticExt,
    PgTrigger,
    PgType,
)
from probes.finding import ObjectRef
from probes.render.giving import Given, written
from probes.render.model import Key, Phase, Piece, UnwritableError
from probes.render.names import FIRST_USER_OID, Names
from probes.render.scribe import Scribe, string
from probes.render.tables import KINDS

_PUBLIC_OID = 2200
_GONE = "the catalog does not list what it is on"


def comments(names: Names) -> Iterator[Given]:
    """Every comment on an object that no extension brought."""
    rows = names.catalog.rows(PgDescription)
    if not any(row.catalog == "pg_namespace" and row.object == _PUBLIC_OID for row in rows):
        public = names.catalog.find(PgNamespace, _PUBLIC_OID)
        if public is not None:
            about = ObjectRef("comment", public.name)
            sql = f"comment on schema {quoted(public.name)} is null"
            yield Piece(("comment on pg_namespace", _PUBLIC_OID), Phase.COMMENT, about, (sql,))
    for row in rows:
        if not names.is_member(row.catalog, row.object):
            yield _comment(names, row)


def _comment(names: Names, row: PgDescription) -> Given:
    key: Key = (f"comment on {row.catalog} {row.column}", row.object)
    about = ObjectRef("comment", f"{row.catalog} {row.object}")

    def write(scribe: Scribe) -> Piece:
        if row.object >= FIRST_USER_OID:
            scribe.need(row.catalog, row.object)
        named = _NAMED.get(row.catalog)
        if named is None:
            raise UnwritableError("the catalog does not list objects of its kind")
        target = named(scribe, row)
        return scribe.piece(key, Phase.COMMENT, about, [f"comment on {target} is {string(row.text)}"])

    return written(names, key, about, write)


def _relation(scribe: Scribe, row: PgDescription) -> str:
    if row.column:
        return f"column {scribe.relation(row.object)}.{scribe.column(row.object, row.column)}"
    if scribe.catalog.find(PgIndex, row.object) is not None:
        return f"index {scribe.relation(row.object)}"
    relation = scribe.catalog.find(PgClass, row.object)
    if relation is None:
        raise UnwritableError(_GONE)
    kind = {"p": "table", "c": "type"}.get(relation.kind, KINDS[relation.kind])
    return f"{kind} {scribe.relation(row.object)}"


def _function(scribe: Scribe, row: PgDescription) -> str:
    return f"routine {scribe.signature(scribe.function(row.object))}"


def _type(scribe: Scribe, row: PgDescription) -> str:
    known = scribe.catalog.find(PgType, row.object)
    return f"{'domain' if known is not None and known.kind == 'd' else 'type'} {scribe.type(row.object)}"


def _constraint(scribe: Scribe, row: PgDescription) -> str:
    known = scribe.catalog.find(PgConstraint, row.object)
    if known is None:
        raise UnwritableError(_GONE)
    owner = scribe.relation(known.relation) if known.relation else f"domain {scribe.type(known.type)}"
    return f"constraint {quoted(known.name)} on {owner}"


def _schema(scribe: Scribe, row: PgDescription) -> str:
    return f"schema {scribe.schema(row.object)}"


def _on_table(kind: str, row_type: type[PgTrigger | PgPolicy | PgRewrite]) -> Callable[[Scribe, PgDescription], str]:
    def name(scribe: Scribe, row: PgDescription) -> str:
        known = scribe.catalog.find(row_type, row.object)
        if known is None:
            raise UnwritableError(_GONE)
        return f"{kind} {quoted(known.name)} on {scribe.relation(known.relation)}"

    return name


def _bare(
    kind: str, row_type: type[PgExtension | PgEventTrigger | PgPublication]
) -> Callable[[Scribe, PgDescription], str]:
    def name(scribe: Scribe, row: PgDescription) -> str:
        known = scribe.catalog.find(row_type, row.object)
        if known is None:
            raise UnwritableError(_GONE)
        return f"{kind} {quoted(known.name)}"

    return name


def _in_schema(kind: str, row_type: type[PgStatisticExt | PgCollation]) -> Callable[[Scribe, PgDescription], str]:
    def name(scribe: Scribe, row: PgDescription) -> str:
        known = scribe.catalog.find(row_type, row.object)
        if known is None:
            raise UnwritableError(_GONE)
        return f"{kind} {scribe.in_schema(known.namespace, known.name)}"

    return name


_NAMED: dict[str, Callable[[Scribe, PgDescription], str]] = {
    "pg_class": _relation,
    "pg_proc": _function,
    "pg_type": _type,
    "pg_constraint": _constraint,
    "pg_namespace": _schema,
    "pg_trigger": _on_table("trigger", PgTrigger),
    "pg_policy": _on_table("policy", PgPolicy),
    "2618": _on_table("rule", PgRewrite),
    "3079": _bare("extension", PgExtension),
    "3466": _bare("event trigger", PgEventTrigger),
    "6104": _bare("publication", PgPublication),
    "3381": _in_schema("statistics", PgStatisticExt),
    "3456": _in_schema("collation", PgCollation),
}
"""How the object of a comment is named, by the catalog that holds it."""
