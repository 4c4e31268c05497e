"""What goes along when an object is dropped, in words."""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.deletion import closure
from migrations_safety.effects.dependents import Kind, Obj, Tie, dependents
from migrations_safety.effects.functions import function_named
from migrations_safety.effects.model import RelationRef
from migrations_safety.effects.run import Refused, Run
from migrations_safety.effects.types import type_named
from migrations_safety.effects.world import World
from migrations_safety.look import Look
from migrations_safety.timeline import Step
from probes.catalog.rows import (
    PgAttrdef,
    PgClass,
    PgConstraint,
    PgIndex,
    PgPolicy,
    PgProc,
    PgRewrite,
    PgTrigger,
    PgType,
)
from probes.finding import Evidence
from probes.sql.tree.enums import AlterTableType, ObjectType
from probes.sql.tree.parts import ObjectWithArgs, TypeName, name_parts, range_of
from probes.sql.tree.tables import AlterTable, Drop

_LISTED = 50
_NOUNS = {"v": "view", "m": "materialized view", "f": "foreign table", "c": "type", "S": "sequence"}
_RELATIONS = frozenset(
    {
        ObjectType.TABLE,
        ObjectType.VIEW,
        ObjectType.MATVIEW,
        ObjectType.SEQUENCE,
        ObjectType.FOREIGN_TABLE,
        ObjectType.INDEX,
    }
)


def dropped_objects(step: Step) -> list[Obj]:
    """The objects that a DROP, or a DROP COLUMN or CONSTRAINT, names; those that are not known are left out."""
    run = step.look.run
    try:
        match step.tree:
            case Drop() as tree:
                return [found for one in tree.objects if (found := _named(run, tree.object_type, one)) is not None]
            case AlterTable() as tree:
                return list(_parts(run, tree))
            case _:
                return []
    except Refused:
        return []


def _named(run: Run, kind: ObjectType, named: object) -> Obj | None:
    if kind in _RELATIONS:
        where = range_of(name_parts(named))
        row = run.find(where.schema, where.name)
        return None if row is None or run.is_assumed(row) else Obj(Kind.RELATION, row.oid)
    if kind in {ObjectType.TYPE, ObjectType.DOMAIN}:
        found = type_named(run, named.names if isinstance(named, TypeName) else name_parts(named))
        return Obj(Kind.TYPE, found.oid) if found else None
    if kind in {ObjectType.FUNCTION, ObjectType.PROCEDURE, ObjectType.ROUTINE} and isinstance(named, ObjectWithArgs):
        function = function_named(run, named)
        return Obj(Kind.FUNCTION, function.oid) if function else None
    if kind is ObjectType.SCHEMA:
        oid = run.world.schema_oid(name_parts(named)[-1])
        return Obj(Kind.SCHEMA, oid) if oid is not None and not run.world.is_assumed(oid) else None
    return None


def _parts(run: Run, tree: AlterTable) -> Iterator[Obj]:
    row = run.find(tree.relation.schema, tree.relation.name)
    for command in tree.commands if row is not None and not run.is_assumed(row) else ():
        name = command.name or ""
        if command.kind is AlterTableType.DROP_COLUMN:
            column = run.column(row.oid, name) if row is not None else None
            if column is not None:
                yield Obj(Kind.RELATION, column.relation, column.number)
        elif command.kind is AlterTableType.DROP_CONSTRAINT:
            constraint = run.constraint(row.oid, name) if row is not None else None
            if constraint is not None:
                yield Obj(Kind.CONSTRAINT, constraint.oid)


def needing_cascade(run: Run, objects: list[Obj]) -> tuple[str, ...]:
    """Everything that goes only because of CASCADE, directly or further on, in words."""
    found = (_described(run, obj) for obj, ties in closure(run, objects).items() if ties == {Tie.NORMAL})
    return tuple(dict.fromkeys(filter(None, found)))


def going_along(run: Run, relation: int, column: int) -> tuple[str, ...]:
    """Indexes and constraints that a column takes along without a word although they are about other columns too."""
    found: list[str] = []
    for obj, ties in closure(run, [Obj(Kind.RELATION, relation, column)]).items():
        row = run.world.one(PgConstraint, obj.oid) if obj.kind is Kind.CONSTRAINT else None
        index = run.world.one(PgIndex, obj.oid) if obj.kind is Kind.RELATION and ties == {Tie.AUTO} else None
        if row is not None and row.relation == relation and len(row.columns) > 1:
            found.append(f"constraint {row.name}")
        elif index is not None and len(index.columns) > 1:
            found.append(f"index {index.name}")
    return tuple(dict.fromkeys(found))


def following(look: Look, relation: RelationRef, column: str | None = None) -> Evidence:
    """What depended on a relation, or a column of it, before the script, and follows it under a new name or place."""
    if look.catalog is None or relation.oid <= 0:
        return {}
    run = Run(World(look.catalog, look.major))
    row = run.column(relation.oid, column) if column is not None else None
    found = _depending(run, relation.oid, row.number if row is not None else 0)
    return {"dependents": found[:_LISTED]} if found else {}


def _depending(run: Run, relation: int, column: int) -> tuple[str, ...]:
    found = (
        _described(run, obj) for obj, tie in dependents(run, Obj(Kind.RELATION, relation, column)) if tie is Tie.NORMAL
    )
    return tuple(dict.fromkeys(filter(None, found)))


def _described(run: Run, obj: Obj) -> str | None:
    world = run.world
    match obj.kind:
        case Kind.RELATION:
            return _relation(run, obj)
        case Kind.CONSTRAINT:
            key = world.one(PgConstraint, obj.oid)
            return f"constraint {key.name}{_on(run, key.relation)}" if key else None
        case Kind.DEFAULT:
            default = world.one(PgAttrdef, obj.oid)
            columns = run.column_names(default.relation, (default.column,)) if default else []
            return f"default of {columns[0]}{_on(run, default.relation)}" if default and columns else None
        case Kind.FUNCTION:
            function = world.one(PgProc, obj.oid)
            return f"function {world.schema_name(function.namespace)}.{function.name}" if function else None
        case Kind.TYPE:
            named = world.one(PgType, obj.oid)
            return f"type {world.schema_name(named.namespace)}.{named.name}" if named else None
        case _:
            return _on_relation(run, obj)


def _on_relation(run: Run, obj: Obj) -> str | None:
    row: PgTrigger | PgPolicy | PgRewrite | None = None
    match obj.kind:
        case Kind.TRIGGER:
            row = run.world.one(PgTrigger, obj.oid)
        case Kind.POLICY:
            row = run.world.one(PgPolicy, obj.oid)
        case Kind.RULE:
            row = run.world.one(PgRewrite, obj.oid)
        case _:
            pass
    if row is None or (isinstance(row, PgTrigger) and row.is_internal):
        return None
    return f"{obj.kind.name.lower()} {row.name}{_on(run, row.relation)}"


def _relation(run: Run, obj: Obj) -> str | None:
    row = run.world.one(PgClass, obj.oid)
    if row is None:
        return None
    name = f"{run.world.schema_name(row.namespace)}.{row.name}"
    if obj.column:
        return f"column {name}.{', '.join(run.column_names(row.oid, (obj.column,)))}"
    return f"{_NOUNS.get(row.kind, 'table')} {name}"


def _on(run: Run, oid: int) -> str:
    row = run.world.one(PgClass, oid)
    return f" on {run.world.schema_name(row.namespace)}.{row.name}" if row else ""
