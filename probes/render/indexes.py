"""Indexes as DDL: those that no constraint makes, and how those of partitions hang together."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from probes.catalog.names import quoted
from probes.catalog.rows import PgClass, PgConstraint, PgIndex
from probes.finding import ObjectRef
from probes.render.giving import Given, written
from probes.render.lists import split_list
from probes.render.model import Key, Missing, Phase, Piece
from probes.render.names import Names
from probes.render.scribe import Scribe, options

_DESCENDING = 1
_NULLS_FIRST = 2
_ORDERED = frozenset({"btree"})
_DEFAULT_COLLATION = 100


def indexes(names: Names, *, mark_invalid: bool = False) -> Iterator[Given]:
    """Every index that no constraint makes, and the attachment of every index of a partition.

    Args:
        names: The catalog.
        mark_invalid: Whether an invalid index is built and then marked in pg_index, which only a superuser may do and
            only a throw-away database bears. Else it is not rendered.
    """
    made = {row.index for row in names.catalog.rows(PgConstraint) if row.kind in "pux"}
    for row in names.catalog.rows(PgIndex):
        if names.is_member("pg_class", row.relation):
            continue
        if row.oid not in made:
            yield _index(names, row, mark_invalid=mark_invalid)
        elif _is_broken(row) and mark_invalid:
            yield _mark(names, row)
        for parent in names.parents.get(row.oid, ()):
            yield _attachment(names, row, parent.parent)


def index_giver(*, mark_invalid: bool) -> partial[Iterator[Given]]:
    """`indexes` with the choice made."""
    return partial(indexes, mark_invalid=mark_invalid)


def about_index(names: Names, row: PgIndex) -> ObjectRef:
    """The index as findings name it."""
    table = names.catalog.find(PgClass, row.relation)
    return ObjectRef("index", row.name, names.catalog.schema_name(row.namespace), table.name if table else None)


def _is_broken(row: PgIndex) -> bool:
    return row.kind == "i" and not (row.valid and row.ready and row.live)


def _index(names: Names, row: PgIndex, *, mark_invalid: bool) -> Given:
    key: Key = ("pg_class", row.oid)
    about = about_index(names, row)
    if _is_broken(row) and not mark_invalid:
        return Missing(key, about, "no statement makes an invalid index")

    def write(scribe: Scribe) -> Piece:
        scribe.need_mentioned("pg_class", row.oid)
        unique = "unique " if row.unique else ""
        only = "only " if row.kind == "I" else ""
        keys = ", ".join(_keys(scribe, row))
        nulls = " nulls not distinct" if row.nulls_not_distinct else ""
        head = f"create {unique}index {quoted(row.name)} on {only}{scribe.relation(row.relation)}"
        build = f"{head} using {quoted(row.method)} ({keys}){tail(scribe, row)}{nulls}{storage(row)}"
        sql = [build + predicate(scribe, row)]
        if _is_broken(row):
            sql.append(_marking(scribe.in_schema(row.namespace, row.name), row))
        return scribe.piece(key, Phase.INDEX, about, sql)

    return written(names, key, about, write)


def _mark(names: Names, row: PgIndex) -> Given:
    """An invalid index of a constraint, such as one whose REINDEX failed."""
    key: Key = ("marked", row.oid)

    def write(scribe: Scribe) -> Piece:
        return scribe.piece(key, Phase.INDEX_ATTACH, about_index(names, row), [_marking(scribe.relation(row.oid), row)])

    return written(names, key, about_index(names, row), write)


def _marking(name: str, row: PgIndex) -> str:
    flags = f"indisvalid = {row.valid}, indisready = {row.ready}, indislive = {row.live}".lower()
    quoted_name = name.replace("'", "''")
    return f"update pg_catalog.pg_index set {flags} where indexrelid = '{quoted_name}'::pg_catalog.regclass"


def _attachment(names: Names, row: PgIndex, parent: int) -> Given:
    key: Key = ("attached", row.oid)

    def write(scribe: Scribe) -> Piece:
        sql = f"alter index {scribe.relation(parent)} attach partition {scribe.relation(row.oid)}"
        # Leaves first: a partitioned index is valid once those of all its partitions are attached.
        rank = -names.depth(row.relation)
        return scribe.piece(key, Phase.INDEX_ATTACH, about_index(names, row), [sql], rank=rank)

    return written(names, key, about_index(names, row), write)


def _keys(scribe: Scribe, row: PgIndex) -> Iterator[str]:
    expressions = iter(split_list(scribe.text(row.expressions)) if row.expressions else [])
    for position, number in enumerate(row.columns[: row.key_count]):
        column = scribe.names.columns.get((row.relation, number))
        text = quoted(column.name) if column else f"({next(expressions)})"
        own = column.collation if column else _DEFAULT_COLLATION
        text += scribe.collation(row.collations[position], own)
        text += scribe.operator_class(row.operator_classes[position])
        yield text + (_order(row.key_options[position]) if row.method in _ORDERED else "")


def _order(bits: int) -> str:
    descending, first = bool(bits & _DESCENDING), bool(bits & _NULLS_FIRST)
    if descending:
        return " desc" if first else " desc nulls last"
    return " nulls first" if first else ""


def tail(scribe: Scribe, row: PgIndex) -> str:
    """` include (...)`."""
    included = row.columns[row.key_count :]
    return f" include ({scribe.columns(row.relation, included)})" if included else ""


def storage(row: PgIndex) -> str:
    """` with (...)`."""
    return f" with ({options(row.options)})" if row.options else ""


def predicate(scribe: Scribe, row: PgIndex) -> str:
    """` where (...)`."""
    return f" where ({scribe.text(row.predicate)})" if row.predicate else ""
