"""Constraints of tables as DDL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from probes.catalog.names import quoted
from probes.catalog.rows import PgClass, PgConstraint, PgIndex, PgType
from probes.finding import ObjectRef
from probes.render.giving import Given, written
from probes.render.indexes import predicate, storage, tail
from probes.render.lists import split_list
from probes.render.model import Key, Phase, Piece, UnwritableError
from probes.render.names import Names
from probes.render.scribe import Scribe

_ACTIONS = {"a": "no action", "r": "restrict", "c": "cascade", "n": "set null", "d": "set default"}
_OVERLAPPING = frozenset("RGI")
"""Categories of types whose usual exclusion operator is &&: ranges, shapes, network addresses."""


def constraints(names: Names) -> Iterator[Given]:
    """Every constraint that is not a copy of a parent's."""
    by_oid = names.catalog.keyed(PgConstraint)
    for row in names.catalog.rows(PgConstraint):
        table = names.catalog.find(PgClass, row.relation) if row.relation else None
        if table is None or names.is_member("pg_class", row.relation):
            continue
        match row.kind:
            case "c" | "n" if row.is_local or not row.inherited_count:
                yield _constraint(names, row, table, Phase.CHECK)
            case "p" | "u" | "x":
                yield _constraint(names, row, table, Phase.INDEX)
            case "f" if _is_said(row, by_oid):
                yield _constraint(names, row, table, Phase.FOREIGN_KEY)
            case _:
                continue


def _is_said(row: PgConstraint, by_oid: Mapping[object, PgConstraint]) -> bool:
    """Whether a foreign key needs a statement: copies follow from the one above, unless named otherwise."""
    above = by_oid.get(row.parent)
    return above is None or (above.relation != row.relation and above.name != row.name)


def _constraint(names: Names, row: PgConstraint, table: PgClass, phase: Phase) -> Given:
    key: Key = ("pg_constraint", row.oid)
    schema = names.catalog.schema_name(table.namespace)
    about = ObjectRef("constraint", row.name, schema, table.name)

    def write(scribe: Scribe) -> Piece:
        scribe.need_mentioned("pg_constraint", row.oid)
        name = quoted(row.name)
        # Heirs get a CHECK and a foreign key from their parents, but each its own index.
        only = "only " if phase is Phase.INDEX else ""
        foreign = "foreign " if table.kind == "f" else ""
        head = f"alter {foreign}table {only}{scribe.relation(row.relation)} add constraint {name}"
        sql = f"{head} {_definition(scribe, row)}"
        provides: tuple[Key, ...] = (("pg_class", row.index),) if phase is Phase.INDEX else ()
        rank = -names.depth(row.relation) if phase is not Phase.INDEX else 0
        return scribe.piece(key, phase, about, [sql], provides=provides, rank=rank)

    return written(names, key, about, write)


def _definition(scribe: Scribe, row: PgConstraint) -> str:
    match row.kind:
        case "c":
            return f"check ({scribe.text(row.expression)}){_heirs(row)}{_state(row)}"
        case "n":
            return f"not null {scribe.columns(row.relation, row.columns)}{_heirs(row)}{_state(row)}"
        case "f":
            return f"{_foreign_key(scribe, row)}{_timing(row)}{_state(row)}"
        case "x":
            return f"{_exclusion(scribe, row)}{_timing(row)}"
        case _:
            return f"{_key(scribe, row)}{_timing(row)}"


def _heirs(row: PgConstraint) -> str:
    return " no inherit" if row.no_inherit else ""


def _state(row: PgConstraint) -> str:
    if not row.enforced:
        return " not enforced"
    return "" if row.validated else " not valid"


def _timing(row: PgConstraint) -> str:
    deferrable = " deferrable" if row.deferrable else ""
    return f"{deferrable} initially deferred" if row.initially_deferred else deferrable


def _index_of(scribe: Scribe, row: PgConstraint) -> PgIndex:
    index = scribe.catalog.find(PgIndex, row.index)
    if index is None:
        raise UnwritableError("its index is not in the catalog")
    return index


def _key(scribe: Scribe, row: PgConstraint) -> str:
    index = _index_of(scribe, row)
    kind = "primary key" if row.kind == "p" else "unique"
    nulls = " nulls not distinct" if index.nulls_not_distinct else ""
    columns = scribe.columns(row.relation, index.columns[: index.key_count])
    overlaps = " without overlaps" if row.without_overlaps else ""
    return f"{kind}{nulls} ({columns}{overlaps}){tail(scribe, index)}{storage(index)}"


def _exclusion(scribe: Scribe, row: PgConstraint) -> str:
    scribe.lack("the catalog does not hold the operators of an exclusion constraint")
    index = _index_of(scribe, row)
    expressions = iter(split_list(scribe.text(index.expressions)) if index.expressions else [])
    parts: list[str] = []
    for position, number in enumerate(index.columns[: index.key_count]):
        column = scribe.names.columns.get((row.relation, number))
        name = quoted(column.name) if column else f"({next(expressions)})"
        known = scribe.catalog.find(PgType, column.type) if column else None
        operator = "&&" if known is None or known.category in _OVERLAPPING else "="
        parts.append(f"{name}{scribe.operator_class(index.operator_classes[position])} with {operator}")
    keys = f"exclude using {quoted(index.method)} ({', '.join(parts)})"
    return f"{keys}{tail(scribe, index)}{storage(index)}{predicate(scribe, index)}"


def _foreign_key(scribe: Scribe, row: PgConstraint) -> str:
    here = _columns_of_key(scribe, row, row.relation, row.columns)
    there = _columns_of_key(scribe, row, row.referenced, row.referenced_columns)
    scribe.need("pg_class", row.index)
    match_full = " match full" if row.match == "f" else ""
    update = f" on update {_ACTIONS[row.on_update]}" if row.on_update in _ACTIONS and row.on_update != "a" else ""
    delete = f" on delete {_ACTIONS[row.on_delete]}" if row.on_delete in _ACTIONS and row.on_delete != "a" else ""
    some = f" ({scribe.columns(row.relation, row.on_delete_columns)})" if row.on_delete_columns else ""
    return (
        f"foreign key ({here}) references {scribe.relation(row.referenced)} ({there}){match_full}{update}{delete}{some}"
    )


def _columns_of_key(scribe: Scribe, row: PgConstraint, relation: int, numbers: tuple[int, ...]) -> str:
    names = [scribe.column(relation, number) for number in numbers]
    if row.without_overlaps:
        names[-1] = f"period {names[-1]}"
    return ", ".join(names)
