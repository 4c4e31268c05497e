"""What depends on an object, and how: derived from the rows, so that a simulated catalog has it too."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import NamedTuple

from migrations_safety.effects.run import Run
from migrations_safety.effects.written import parsed
from probes.catalog.expression import Expression
from probes.catalog.rows import (
    PgAttrdef,
    PgAttribute,
    PgClass,
    PgConstraint,
    PgDepend,
    PgEventTrigger,
    PgIndex,
    PgInherits,
    PgPolicy,
    PgProc,
    PgRewrite,
    PgStatisticExt,
    PgTrigger,
    PgType,
)
from probes.sql.expressions.inspection import columns


class Kind(enum.Enum):
    """The system catalog an object is in."""

    RELATION = "pg_class"
    CONSTRAINT = "pg_constraint"
    DEFAULT = "pg_attrdef"
    TRIGGER = "pg_trigger"
    RULE = "pg_rewrite"
    POLICY = "pg_policy"
    FUNCTION = "pg_proc"
    TYPE = "pg_type"
    SCHEMA = "pg_namespace"
    EXTENSION = "pg_extension"
    STATISTICS = "pg_statistic_ext"
    EVENT_TRIGGER = "pg_event_trigger"
    PUBLICATION = "pg_publication"


class Obj(NamedTuple):
    """An object, or a column of a relation where `column` is not 0."""

    kind: Kind
    oid: int
    column: int = 0


class Tie(enum.Enum):
    """How an object depends on another, as pg_depend.deptype says."""

    NORMAL = "n"
    """Only CASCADE takes it along."""
    AUTO = "a"
    """It goes with the other."""
    INTERNAL = "i"
    """It is a part of the other and cannot go alone."""
    PARTITION = "P"


GENERATED_RESTRICTS_SINCE = 15
"""The major in which a generated column holds its source columns fast."""

Dependent = tuple[Obj, Tie]
_BY_CATALOG = {kind.value: kind for kind in Kind}


def dependents(run: Run, obj: Obj) -> Iterator[Dependent]:
    """Objects that depend on this one directly."""
    match obj.kind:
        case Kind.RELATION:
            yield from _of_relation(run, obj)
        case Kind.CONSTRAINT:
            yield from _of_constraint(run, obj.oid)
        case Kind.TYPE:
            yield from _of_type(run, obj.oid)
        case Kind.FUNCTION:
            yield from _of_function(run, obj.oid)
        case Kind.SCHEMA:
            yield from _of_schema(run, obj.oid)
        case Kind.EXTENSION:
            yield from _of_extension(run, obj.oid)
        case Kind.TRIGGER:
            for clone in run.world.where(PgTrigger, "parent", obj.oid):
                yield Obj(Kind.TRIGGER, clone.oid), Tie.PARTITION
            yield from _of_trigger(run, obj.oid)
        case _:
            pass


# ---- relations


def _of_relation(run: Run, obj: Obj) -> Iterator[Dependent]:
    row = run.world.relation(obj.oid)
    if isinstance(row, PgIndex):
        yield from _of_index(run, row)
    elif row is not None and obj.column:
        yield from _of_column(run, row, obj.column)
    elif row is not None:
        yield from _of_table(run, row)


_PARTS: tuple[tuple[Kind, type[PgAttrdef | PgTrigger | PgRewrite | PgPolicy | PgStatisticExt]], ...] = (
    (Kind.DEFAULT, PgAttrdef),
    (Kind.TRIGGER, PgTrigger),
    (Kind.RULE, PgRewrite),
    (Kind.POLICY, PgPolicy),
    (Kind.STATISTICS, PgStatisticExt),
)
"""What a table takes along when it goes."""


def _of_table(run: Run, row: PgClass) -> Iterator[Dependent]:
    world = run.world
    for index in run.indexes(row.oid):
        yield Obj(Kind.RELATION, index.oid), Tie.AUTO
    for constraint in run.constraints(row.oid):
        yield Obj(Kind.CONSTRAINT, constraint.oid), Tie.AUTO
    for kind, rows in _PARTS:
        for part in world.where(rows, "relation", row.oid):
            yield Obj(kind, part.oid), Tie.AUTO
    for key in world.where(PgConstraint, "referenced", row.oid):
        if key.relation != row.oid:
            yield Obj(Kind.CONSTRAINT, key.oid), Tie.NORMAL
    for link in world.where(PgInherits, "parent", row.oid):
        child = world.one(PgClass, link.child)
        yield Obj(Kind.RELATION, link.child), Tie.AUTO if child and child.is_partition else Tie.NORMAL
    yield from _recorded(run, Kind.RELATION, row.oid, None)
    if row.row_type:
        yield from _of_type(run, row.row_type)
    for typed in world.where(PgClass, "of_type", row.row_type) if row.kind == "c" else ():
        yield Obj(Kind.RELATION, typed.oid), Tie.NORMAL


def _of_column(run: Run, row: PgClass, number: int) -> Iterator[Dependent]:
    world = run.world
    column = next((c for c in run.columns(row.oid) if c.number == number), None)
    name = column.name if column else ""
    for default in world.where(PgAttrdef, "relation", row.oid):
        if default.column == number:
            yield Obj(Kind.DEFAULT, default.oid), Tie.AUTO
    yield from _generated_from(run, row.oid, name)
    yield from _indexes_on(run, row.oid, number, name)
    yield from _constraints_on(run, row.oid, number, name)
    for statistics in world.where(PgStatisticExt, "relation", row.oid):
        if number in statistics.columns:
            yield Obj(Kind.STATISTICS, statistics.oid), Tie.AUTO
    for trigger in world.where(PgTrigger, "relation", row.oid):
        if number in trigger.columns:
            yield Obj(Kind.TRIGGER, trigger.oid), Tie.NORMAL
    yield from _recorded(run, Kind.RELATION, row.oid, number)


def _indexes_on(run: Run, relation: int, number: int, name: str) -> Iterator[Dependent]:
    for index in run.indexes(relation):
        if uses_column(index, number, name):
            owner = _constraint_behind(run, index.oid)
            if owner is None:
                yield Obj(Kind.RELATION, index.oid), Tie.AUTO
            else:
                yield Obj(Kind.CONSTRAINT, owner.oid), Tie.AUTO if number in owner.columns else Tie.NORMAL


def _constraints_on(run: Run, relation: int, number: int, name: str) -> Iterator[Dependent]:
    for constraint in run.constraints(relation):
        if number in constraint.columns or name in names_in(constraint.expression):
            yield Obj(Kind.CONSTRAINT, constraint.oid), Tie.AUTO
    for key in run.world.where(PgConstraint, "referenced", relation):
        if number in key.referenced_columns:
            yield Obj(Kind.CONSTRAINT, key.oid), Tie.NORMAL


def _constraint_behind(run: Run, index: int) -> PgConstraint | None:
    return next((row for row in run.world.where(PgConstraint, "index", index) if row.kind in {"p", "u", "x"}), None)


def _generated_from(run: Run, relation: int, name: str) -> Iterator[Dependent]:
    for default in run.world.where(PgAttrdef, "relation", relation):
        column = next((c for c in run.columns(relation) if c.number == default.column), None)
        if column is not None and column.generated and name in names_in(default.expression):
            tie = Tie.NORMAL if run.major >= GENERATED_RESTRICTS_SINCE else Tie.AUTO
            yield Obj(Kind.RELATION, relation, column.number), tie


def _recorded(run: Run, kind: Kind, oid: int, column: int | None) -> Iterator[Dependent]:
    """What the server, or a simulated statement, wrote down because it follows from a query or an expression."""
    for row in run.world.where(PgDepend, "referenced", oid):
        if row.referenced_catalog != kind.value or row.kind == "e":
            continue
        if column is not None and row.referenced_column != column:
            continue
        found = _BY_CATALOG.get(row.catalog)
        if found is None or (row.catalog == kind.value and row.object == oid):
            continue
        yield from _as_dependent(run, found, row)


def _as_dependent(run: Run, kind: Kind, row: PgDepend) -> Iterator[Dependent]:
    if kind is Kind.RULE:
        rule = run.world.one(PgRewrite, row.object)
        if rule is None:
            return
        if rule.name == "_RETURN" and rule.relation != row.referenced:
            yield Obj(Kind.RELATION, rule.relation), Tie.NORMAL
        elif rule.name != "_RETURN":
            own = rule.relation == row.referenced and row.kind == "a"
            yield Obj(Kind.RULE, rule.oid), Tie.AUTO if own else Tie.NORMAL
        return
    if kind is Kind.DEFAULT:
        default = run.world.one(PgAttrdef, row.object)
        for column in run.columns(default.relation) if default else ():
            if default is not None and column.number == default.column and column.generated:
                yield Obj(Kind.RELATION, column.relation, column.number), Tie.NORMAL
                return
    tie = {"a": Tie.AUTO, "i": Tie.INTERNAL}.get(row.kind, Tie.NORMAL)
    yield Obj(kind, row.object, row.sub_object), tie


def _of_index(run: Run, row: PgIndex) -> Iterator[Dependent]:
    for link in run.world.where(PgInherits, "parent", row.oid):
        yield Obj(Kind.RELATION, link.child), Tie.PARTITION
    for constraint in run.world.where(PgConstraint, "index", row.oid):
        if constraint.kind == "f":
            yield Obj(Kind.CONSTRAINT, constraint.oid), Tie.NORMAL


def _of_constraint(run: Run, oid: int) -> Iterator[Dependent]:
    row = run.world.one(PgConstraint, oid)
    if row is None:
        return
    if row.kind in {"p", "u", "x"} and row.index:
        yield Obj(Kind.RELATION, row.index), Tie.INTERNAL
    for child in run.world.where(PgConstraint, "parent", oid):
        yield Obj(Kind.CONSTRAINT, child.oid), Tie.PARTITION
    for trigger in run.world.where(PgTrigger, "constraint", oid):
        yield Obj(Kind.TRIGGER, trigger.oid), Tie.INTERNAL


def _of_trigger(run: Run, oid: int) -> Iterator[Dependent]:
    """A constraint trigger has a row of its own among the constraints."""
    row = run.world.one(PgTrigger, oid)
    constraint = run.world.one(PgConstraint, row.constraint) if row is not None else None
    if constraint is not None and constraint.kind == "t":
        yield Obj(Kind.CONSTRAINT, constraint.oid), Tie.INTERNAL


# ---- what is not a relation


def _of_type(run: Run, oid: int) -> Iterator[Dependent]:
    world = run.world
    row = world.one(PgType, oid)
    oids = [oid] + ([row.array] if row is not None and row.array else [])
    if row is not None and row.relation:
        yield Obj(Kind.RELATION, row.relation), Tie.INTERNAL
    for found in oids:
        for column in world.where(PgAttribute, "type", found):
            yield Obj(Kind.RELATION, column.relation, column.number), Tie.NORMAL
        for derived in world.where(PgType, "base_type", found):
            yield Obj(Kind.TYPE, derived.oid), Tie.NORMAL
        for function in world.where(PgProc, "returns", found):
            yield Obj(Kind.FUNCTION, function.oid), Tie.NORMAL
        for function in _taking(run, found):
            yield Obj(Kind.FUNCTION, function.oid), Tie.NORMAL
    for constraint in world.where(PgConstraint, "type", oid):
        yield Obj(Kind.CONSTRAINT, constraint.oid), Tie.AUTO
    for typed in world.where(PgClass, "of_type", oid):
        yield Obj(Kind.RELATION, typed.oid), Tie.NORMAL
    yield from _recorded(run, Kind.TYPE, oid, None)


def _taking(run: Run, type_oid: int) -> list[PgProc]:
    return [row for row in run.world.store(PgProc).all() if type_oid in row.argument_types]


def _of_function(run: Run, oid: int) -> Iterator[Dependent]:
    for trigger in run.world.where(PgTrigger, "function", oid):
        yield Obj(Kind.TRIGGER, trigger.oid), Tie.NORMAL
    for event in run.world.where(PgEventTrigger, "function", oid):
        yield Obj(Kind.EVENT_TRIGGER, event.oid), Tie.NORMAL
    yield from _recorded(run, Kind.FUNCTION, oid, None)


def _of_schema(run: Run, oid: int) -> Iterator[Dependent]:
    for relation in run.world.where(PgClass, "namespace", oid):
        yield Obj(Kind.RELATION, relation.oid), Tie.NORMAL
    for function in run.world.where(PgProc, "namespace", oid):
        yield Obj(Kind.FUNCTION, function.oid), Tie.NORMAL
    for typed in run.world.where(PgType, "namespace", oid):
        if typed.kind != "c" and typed.category != "A":
            yield Obj(Kind.TYPE, typed.oid), Tie.NORMAL
    for statistics in run.world.where(PgStatisticExt, "namespace", oid):
        yield Obj(Kind.STATISTICS, statistics.oid), Tie.NORMAL


def _of_extension(run: Run, oid: int) -> Iterator[Dependent]:
    for row in run.world.where(PgDepend, "referenced", oid):
        kind = _BY_CATALOG.get(row.catalog)
        if row.kind == "e" and kind is not None:
            yield Obj(kind, row.object), Tie.INTERNAL


# ---- expressions


def names_in(expression: Expression | None) -> frozenset[str]:
    """Names of the columns that an expression mentions; none where its text is not known."""
    found = parsed(expression)
    return frozenset() if found is None else columns(found)


def uses_column(index: PgIndex, number: int, name: str) -> bool:
    """Whether an index has a column among its keys, expressions or conditions."""
    return (
        number in index.columns
        or (index.expressions is not None and name in names_in_list(index.expressions))
        or (index.predicate is not None and name in names_in(index.predicate))
    )


def names_in_list(expression: Expression | None) -> frozenset[str]:
    """Names of the columns in a list of expressions, as pg_get_expr gives those of an index."""
    from probes.catalog.expression import Written, text_of  # noqa: PLC0415 - short

    text = text_of(expression)
    if text is None:
        return frozenset()
    return names_in(Written(f"row({text})"))
