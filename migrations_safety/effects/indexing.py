"""Indexes being made: their rows, on one table or down a partition tree, and what that locks and reads."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from migrations_safety.effects.coercion import default_opclass
from migrations_safety.effects.immutability import is_immutable
from migrations_safety.effects.model import Role
from migrations_safety.effects.naming import index_name
from migrations_safety.effects.refused_expressions import refuse_condition, refuse_unknown_columns
from migrations_safety.effects.run import AE, SHARE, Rel, Run
from migrations_safety.effects.types import collation_named
from migrations_safety.effects.written import sql
from probes.catalog.expression import Expression, Written
from probes.catalog.locks import LockMode
from probes.catalog.rows import PgAttribute, PgClass, PgIndex, PgInherits, PgOpclass
from probes.sql.expressions import model as m
from probes.sql.expressions.build import from_source
from probes.sql.tree.atoms import NOTHING, Source
from probes.sql.tree.enums import NullsOrder, SortDirection
from probes.sql.tree.parts import IndexElem

_EXTRACT_SINCE = 14


def expression_name(source: Source, major: int) -> str:
    """The name that an expression gives to a column of an index (FigureIndexColname)."""
    name = _figure(from_source(source)) or "expr"
    return "date_part" if name == "extract" and major < _EXTRACT_SINCE else name


def _figure(expression: m.Expression) -> str:  # noqa: PLR0911 - one return per kind
    match expression:
        case m.Call(name=name):
            return name[-1]
        case m.Column(parts=parts):
            return parts[-1]
        case m.Cast(arg=arg, type=type_name):
            return _figure(arg) or type_name.partition("(")[0]
        case m.Collated(arg=arg):
            return _figure(arg)
        case m.Case(default=default):
            return (_figure(default) if default is not None else "") or "case"
        case m.Coalesce():
            return "coalesce"
        case m.ArrayOf():
            return "array"
        case m.RowOf():
            return "row"
        case _:
            return ""


class IndexPlan(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An index to be made."""

    elements: tuple[IndexElem, ...]
    including: tuple[str, ...] = ()
    name: str | None = None
    label: str = "idx"
    """pkey, key, excl or idx: what a made-up name ends in, and what kind of constraint it is for."""
    method: str = "btree"
    unique: bool = False
    primary: bool = False
    exclusion: bool = False
    deferrable: bool = False
    nulls_not_distinct: bool = False
    predicate: Source = NOTHING
    options: tuple[str, ...] = ()
    concurrent: bool = False
    tablespace: int = 0
    like: PgIndex | None = None
    """The index whose operator classes and collations it takes."""

    def column_names(self, major: int) -> list[str]:
        """Names as they go into a made-up name, each another one (ChooseIndexColumnNames); `expr` for expressions."""
        found: list[str] = []
        for name in (*(one.name or expression_name(one.expression, major) for one in self.elements), *self.including):
            numbered = (name, *(f"{name}{number}" for number in range(1, len(found) + 1)))
            found.append(next(one for one in numbered if one not in found))
        return found


def create(
    run: Run, relation: PgClass, plan: IndexPlan, *, child_mode: LockMode = SHARE, recurse: bool = True
) -> PgIndex:
    """Make the index on a relation and, unless told not to, on its partitions.

    Raises:
        Refused: A column does not exist, or the name is taken.
    """
    index = put_index(run, relation, plan)
    if relation.kind == "p":
        _down(run, relation, index, plan, child_mode, recurse=recurse)
    elif has_rows(relation) or run.is_assumed(relation):
        note_build(run, relation, index)
    return index


def check_partition_key(run: Run, relation: PgClass, plan: IndexPlan) -> None:
    """Refuse a unique index of a partitioned table that lacks a column of the partition key.

    Raises:
        Refused: 0A000.
    """
    cut = run.world.partitioning(relation.oid)
    if cut is None or run.is_assumed(relation):
        return
    have = {element.name for element in plan.elements}
    missing = [name for name in run.column_names(relation.oid, cut.columns) if name not in have]
    if missing or 0 in cut.columns:
        run.refuse("0A000", "a unique constraint on a partitioned table must include all partitioning columns")


def has_rows(relation: Rel) -> bool:
    """Whether the relation is of a kind that holds rows."""
    return relation.kind in {"r", "m"}


def note_build(run: Run, relation: PgClass, index: PgIndex) -> None:
    """An index is built: its table is read."""
    if run.is_made_here(relation):
        return
    run.record.build(run.ref(index), "a new index")
    run.scan(relation, f"index {index.name} is built")


def _down(run: Run, relation: PgClass, parent: PgIndex, plan: IndexPlan, mode: LockMode, *, recurse: bool) -> None:
    partitions = [child for child in run.children(relation.oid) if isinstance(child, PgClass)]
    if not recurse:
        if partitions:
            run.change(parent, valid=False)
        return
    for child in partitions:
        run.lock(child, mode, Role.PARTITION)
        if child.kind == "f":
            if plan.unique:
                run.refuse("42809", "cannot create unique index on a table with foreign partitions")
            continue
        matching = matching_index(run, parent, relation, child)
        if matching is None:
            made = put_index(run, child, msgspec.structs.replace(plan, name=None), is_partition=True)
            if child.kind == "p":
                _down(run, child, made, plan, mode, recurse=True)
            else:
                note_build(run, child, made)
        else:
            made = msgspec.structs.replace(matching, is_partition=True)
            run.lock(matching, AE, Role.INDEX)
            run.world.put(made)
        run.world.put(PgInherits(child=made.oid, parent=parent.oid, position=1, detach_pending=False))


def put_index(run: Run, relation: PgClass, plan: IndexPlan, *, is_partition: bool = False) -> PgIndex:
    """The row of a new index."""
    if plan.method == "hash" and len(plan.elements) > 1:
        run.refuse("0A000", "access method hash does not support multicolumn indexes")
    if plan.method == "hash" and plan.unique:
        run.refuse("0A000", "access method hash does not support unique indexes")
    condition = from_source(plan.predicate)
    if plan.predicate:
        refuse_unknown_columns(run, relation, condition)
        refuse_condition(run, relation, condition, "WHERE")
    if run.world.knows_all and run.world.where(PgOpclass, "method", "btree") and not _is_method(run, plan.method):
        run.refuse("42704", f"access method {plan.method} does not exist")
    keys = [_key(run, relation, element, plan.method) for element in plan.elements]
    included = [_included(run, relation, name) for name in plan.including]
    name = plan.name or index_name(run, relation.name, plan.column_names(run.major), relation.namespace, plan.label)
    if plan.name and run.find(run.world.schema_name(relation.namespace), plan.name) and relation.namespace:
        run.refuse("42P07", f"relation {plan.name} exists")
    for source in (plan.predicate, *(element.expression for element in plan.elements)):
        if source and not is_immutable(run, relation, from_source(source)):
            run.refuse("42P17", "functions in index expressions and predicates must be marked IMMUTABLE")
    row = PgIndex(
        oid=run.world.fresh_oid(),
        name=name,
        namespace=relation.namespace,
        relation=relation.oid,
        kind="I" if relation.kind == "p" else "i",
        method=plan.method,
        columns=(*(key[0] for key in keys), *included),
        key_count=len(keys),
        operator_classes=plan.like.operator_classes if plan.like else tuple(key[1] for key in keys),
        collations=plan.like.collations if plan.like else tuple(key[2] for key in keys),
        key_options=tuple(_options(element) for element in plan.elements),
        unique=plan.unique,
        nulls_not_distinct=plan.nulls_not_distinct,
        primary=plan.primary,
        exclusion=plan.exclusion,
        immediate=not plan.deferrable,
        clustered=False,
        valid=True,
        ready=True,
        live=True,
        is_replica_identity=False,
        is_partition=is_partition,
        tablespace=plan.tablespace,
        pages=0,
        tuples=0.0,
        options=plan.options,
        expressions=_expressions(plan.elements),
        predicate=Written(sql(condition)) if plan.predicate else None,
    )
    run.world.put(row)
    return row


def _is_method(run: Run, name: str) -> bool:
    return bool(run.world.where(PgOpclass, "method", name))


def _expressions(elements: Sequence[IndexElem]) -> Expression | None:
    found = [sql(from_source(element.expression)) for element in elements if element.expression]
    return Written(", ".join(found)) if found else None


def _key(run: Run, relation: PgClass, element: IndexElem, method: str) -> tuple[int, int, int]:
    """Column number (0 for an expression), operator class and collation of one key."""
    collation = collation_named(run, element.collation) if element.collation else 0
    if element.name is None:
        return 0, _opclass(run, element, 0, method), collation
    column = _column(run, relation, element.name)
    if column is None:
        return 0, 0, collation
    return column.number, _opclass(run, element, column.type, method), collation or column.collation


def _column(run: Run, relation: PgClass, name: str) -> PgAttribute | None:
    column = run.column(relation.oid, name)
    if column is None and run.knows_columns(relation) and name not in {"ctid", "tableoid", "xmin"}:
        run.refuse("42703", f"column {name} does not exist")
    return column


def _included(run: Run, relation: PgClass, name: str) -> int:
    column = _column(run, relation, name)
    return column.number if column else 0


def _opclass(run: Run, element: IndexElem, type_oid: int, method: str) -> int:
    if element.opclass:
        named = run.world.where(PgOpclass, "name", element.opclass[-1])
        found = next((row for row in named if row.method == method), None)
        return found.oid if found else 0
    if not type_oid:
        return 0
    default = default_opclass(run, type_oid, method)
    if default is None and run.world.where(PgOpclass, "method", method) and run.world.knows_all:
        run.refuse("42704", f"data type has no default operator class for access method {method}")
    return default.oid if default else 0


def _options(element: IndexElem) -> int:
    descending = element.direction is SortDirection.DESC
    first = element.nulls is NullsOrder.FIRST or (descending and element.nulls is NullsOrder.DEFAULT)
    return (1 if descending else 0) | (2 if first else 0)


# ---- indexes that are there


def matching_index(run: Run, parent: PgIndex, table: PgClass, child: PgClass) -> PgIndex | None:
    """An index of a partition that can be attached to the parent's (CompareIndexInfo), constraints alike."""
    for index in run.indexes(child.oid):
        attached = any(True for _ in run.world.where(PgInherits, "child", index.oid))
        if not attached and index.valid | (index.kind == "I") and same_shape(run, parent, table, index, child):
            return index
    return None


def same_shape(run: Run, one: PgIndex, one_table: PgClass, other: PgIndex, other_table: PgClass) -> bool:
    """Whether two indexes say the same of their tables."""
    plain = (one.unique, one.method, one.key_count, one.nulls_not_distinct, len(one.columns))
    if plain != (other.unique, other.method, other.key_count, other.nulls_not_distinct, len(other.columns)):
        return False
    mine = _names(run, one_table.oid, one.columns)
    theirs = _names(run, other_table.oid, other.columns)
    if mine != theirs or one.operator_classes != other.operator_classes or one.collations != other.collations:
        return False
    from migrations_safety.effects.comparison import same_expression  # noqa: PLC0415 - cycle

    if not same_expression(one.expressions, other.expressions) or not same_expression(one.predicate, other.predicate):
        return False
    return one.exclusion == other.exclusion and _constrains(run, one) <= _constrains(run, other)


def _constrains(run: Run, index: PgIndex) -> bool:
    from probes.catalog.rows import PgConstraint  # noqa: PLC0415 - short

    return any(row.kind in {"p", "u", "x"} for row in run.world.where(PgConstraint, "index", index.oid))


def _names(run: Run, relation: int, numbers: Sequence[int]) -> list[str]:
    names = {row.number: row.name for row in run.columns(relation)}
    return [names.get(number, "") for number in numbers]
