"""COMMENT and SECURITY LABEL: the object they name is locked for a moment."""

from __future__ import annotations

from migrations_safety.effects.functions import function_named
from migrations_safety.effects.model import Role
from migrations_safety.effects.run import AS, SUE, Rel, Run
from migrations_safety.effects.types import type_named
from probes.catalog.rows import PgConstraint, PgDescription, PgPolicy, PgRewrite, PgStatisticExt, PgTrigger, Row
from probes.sql.tree.enums import ObjectType as O
from probes.sql.tree.objects import Comment, SecurityLabel
from probes.sql.tree.parts import ObjectWithArgs, name_parts, range_of

_RELATIONS = {O.TABLE: "rp", O.VIEW: "v", O.MATVIEW: "m", O.SEQUENCE: "S", O.FOREIGN_TABLE: "f", O.INDEX: "iI"}
_ON_TABLE: dict[O, type[Row]] = {
    O.TABCONSTRAINT: PgConstraint,
    O.TRIGGER: PgTrigger,
    O.POLICY: PgPolicy,
    O.RULE: PgRewrite,
}


def comment(run: Run, statement: Comment) -> None:
    """Work out COMMENT."""
    _addressed(run, statement.object_type, statement.object)
    found = _described(run, statement.object_type, statement.object)
    if found is None:
        return
    catalog, oid, column = found
    for row in run.world.where(PgDescription, "object", oid):
        if (row.catalog, row.column) == (catalog, column):
            run.world.remove(row)
    if statement.comment:
        run.world.put(PgDescription(catalog=catalog, object=oid, column=column, text=statement.comment))


def _described(run: Run, kind: O, named: object) -> tuple[str, int, int] | None:
    """Where a catalog keeps the comment of an object: its system catalog, its oid, the number of the column."""
    parts = name_parts(named)
    if kind in _RELATIONS:
        relation = run.find(range_of(parts).schema, parts[-1])
        return None if relation is None or run.is_assumed(relation) else ("pg_class", relation.oid, 0)
    if kind is O.COLUMN:
        owner = run.find(range_of(parts[:-1]).schema, parts[-2])
        column = run.column(owner.oid, parts[-1]) if owner is not None else None
        return None if column is None else ("pg_class", column.relation, column.number)
    if kind is O.SCHEMA:
        schema = run.world.schema_oid(parts[-1])
        return None if schema is None else ("pg_namespace", schema, 0)
    if kind in (O.FUNCTION, O.PROCEDURE, O.ROUTINE, O.AGGREGATE) and isinstance(named, ObjectWithArgs):
        function = function_named(run, named)
        return None if function is None else ("pg_proc", function.oid, 0)
    return None


def security_label(run: Run, statement: SecurityLabel) -> None:
    """SECURITY LABEL needs a provider; none is built in."""
    run.record.assume("a label provider is loaded")
    if run.world.is_complete:
        run.refuse("22023", "no security label providers have been loaded")
    _addressed(run, statement.object_type, statement.object)


def _addressed(run: Run, kind: O, named: object) -> None:
    parts = name_parts(named)
    if kind in _RELATIONS:
        relation = run.relation(range_of(parts), kind=_RELATIONS[kind][0])
        if relation is not None:
            run.lock(relation, SUE, _role(relation))
            if relation.kind not in _RELATIONS[kind] and not run.is_assumed(relation):
                run.refuse("42809", f"{relation.name} is of another kind")
    elif kind is O.COLUMN:
        _column(run, parts)
    elif kind in _ON_TABLE:
        _on_table(run, kind, parts)
    elif kind in (O.TYPE, O.DOMAIN):
        if type_named(run, parts) is None and run.world.knows_all:
            run.refuse("42704", f"type {'.'.join(parts)} does not exist")
    elif kind is O.STATISTIC_EXT and not run.world.where(PgStatisticExt, "name", parts[-1]) and run.world.is_complete:
        run.refuse("42704", f"statistics object {parts[-1]} does not exist")


def _column(run: Run, parts: tuple[str, ...]) -> None:
    relation = run.relation(range_of(parts[:-1]))
    if relation is None:
        return
    run.lock(relation, SUE, _role(relation))
    if run.column(relation.oid, parts[-1]) is None:
        run.refuse_if_known(relation, "42703", f"column {parts[-1]} does not exist")
    if relation.kind not in set("rvmcfp") and not run.is_assumed(relation):
        run.refuse("42809", f"cannot set comment on relation {relation.name}")


def _on_table(run: Run, kind: O, parts: tuple[str, ...]) -> None:
    relation = run.relation(range_of(parts[:-1]))
    if relation is None:
        return
    if relation.kind in {"i", "I", "c"} and not run.is_assumed(relation):
        run.refuse("42809", f"{relation.name} is an index or a type")
    run.lock(relation, AS, _role(relation))
    rows = run.world.where(_ON_TABLE[kind], "relation", relation.oid)
    if all(getattr(row, "name", "") != parts[-1] for row in rows):
        run.refuse_if_known(relation, "42704", f"{parts[-1]} does not exist")


def _role(relation: Rel) -> Role:
    by_kind = {"v": Role.VIEW, "m": Role.MATERIALIZED_VIEW, "S": Role.SEQUENCE, "i": Role.INDEX, "I": Role.INDEX}
    return by_kind.get(relation.kind, Role.TARGET)
