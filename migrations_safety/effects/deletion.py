"""Dropping objects with all that goes along, as dependency.c does: refusals, locks, rows taken out."""

from __future__ import annotations

from collections.abc import Iterable

from migrations_safety.effects.dependents import Kind, Obj, Tie, dependents
from migrations_safety.effects.model import Role
from migrations_safety.effects.run import AE, SUE, Run
from migrations_safety.effects.triggers import CLONES_SHOWN_SINCE
from probes.catalog.rows import (
    PgAttrdef,
    PgAttribute,
    PgClass,
    PgConstraint,
    PgDepend,
    PgDescription,
    PgEventTrigger,
    PgExtension,
    PgIndex,
    PgInherits,
    PgNamespace,
    PgPartitionedTable,
    PgPolicy,
    PgProc,
    PgPublication,
    PgRewrite,
    PgSequence,
    PgStatisticExt,
    PgTrigger,
    PgType,
    Row,
)

TRIGGERS_ON_PARTITIONED_SINCE = 15
"""The major in which foreign keys have triggers on a referenced partitioned table itself."""

_ROW_TYPES: dict[Kind, type[Row]] = {
    Kind.CONSTRAINT: PgConstraint,
    Kind.DEFAULT: PgAttrdef,
    Kind.TRIGGER: PgTrigger,
    Kind.RULE: PgRewrite,
    Kind.POLICY: PgPolicy,
    Kind.FUNCTION: PgProc,
    Kind.TYPE: PgType,
    Kind.SCHEMA: PgNamespace,
    Kind.EXTENSION: PgExtension,
    Kind.STATISTICS: PgStatisticExt,
    Kind.EVENT_TRIGGER: PgEventTrigger,
    Kind.PUBLICATION: PgPublication,
}


def drop(
    run: Run,
    targets: Iterable[Obj],
    *,
    cascade: bool,
    internal: bool = False,
    concurrent: bool = False,
    role: Role = Role.CASCADE,
) -> None:
    """Drop the objects and everything that must go with them.

    Args:
        run: The statement.
        targets: What it names.
        cascade: Whether dependent objects may go along.
        internal: Whether the server does it on its own: owners are not asked.
        concurrent: Whether tables of indexes are locked weakly only.
        role: Why relations that go along are locked.

    Raises:
        Refused: 2BP01, something else depends on a target, or a target is a part of something else.
    """
    wanted = list(targets)
    if not internal:
        _refuse_parts(run, wanted)
    found = closure(run, wanted)
    if not cascade:
        for obj, ties in found.items():
            if ties and all(tie is Tie.NORMAL for tie in ties):
                run.refuse("2BP01", f"{_describe(run, obj)} depends on it")
    for obj in found:
        if concurrent:
            _lock_weakly(run, obj)
        else:
            lock_for_deletion(run, obj, role)
    for obj in found:
        delete_row(run, obj)


def closure(run: Run, targets: list[Obj]) -> dict[Obj, set[Tie]]:
    """Everything that goes with the targets and how it hangs on what goes; the targets themselves hang on nothing."""
    found: dict[Obj, set[Tie]] = {target: set() for target in targets}
    waiting = list(targets)
    while waiting:
        current = waiting.pop(0)
        for dependent, tie in dependents(run, current):
            if _covered(dependent, found) or dependent == current:
                continue
            if dependent not in found:
                found[dependent] = set()
                waiting.append(dependent)
                found[dependent].add(tie)
            elif dependent not in targets:
                found[dependent].add(tie)
    return {obj: ties for obj, ties in found.items() if not (obj.column and Obj(obj.kind, obj.oid) in found)}


def _covered(obj: Obj, found: dict[Obj, set[Tie]]) -> bool:
    return obj.column != 0 and Obj(obj.kind, obj.oid) in found


def _refuse_parts(run: Run, targets: list[Obj]) -> None:
    """A part of an object cannot be dropped alone."""
    everything = set(targets)
    for obj in targets:
        if obj.kind is Kind.RELATION and not obj.column:
            owner = _owner_of(run, obj.oid)
            if owner is not None and owner not in everything:
                run.refuse("2BP01", f"{_describe(run, owner)} requires it")


def _owner_of(run: Run, oid: int) -> Obj | None:
    for constraint in run.world.where(PgConstraint, "index", oid):
        if constraint.kind in {"p", "u", "x"}:
            return Obj(Kind.CONSTRAINT, constraint.oid)
    if run.world.one(PgIndex, oid) is not None:
        for link in run.world.where(PgInherits, "child", oid):
            return Obj(Kind.RELATION, link.parent)
    for row in run.world.where(PgDepend, "object", oid):
        if row.catalog == "pg_class" and row.referenced_catalog == "pg_class" and row.kind == "i":
            return Obj(Kind.RELATION, row.referenced, row.referenced_column)
    return None


def _describe(run: Run, obj: Obj) -> str:
    relation = run.world.relation(obj.oid) if obj.kind is Kind.RELATION else None
    if relation is not None:
        return relation.name
    row_type = _ROW_TYPES.get(obj.kind)
    row = run.world.one(row_type, obj.oid) if row_type is not None else None
    return f"{obj.kind.value.removeprefix('pg_')} {getattr(row, 'name', obj.oid)}"


# ---- locks


def lock_for_deletion(run: Run, obj: Obj, role: Role) -> None:
    """Note the locks that the removal of one object takes."""
    world = run.world
    match obj.kind:
        case Kind.RELATION:
            _lock_relation(run, obj, role)
        case Kind.CONSTRAINT:
            constraint = world.one(PgConstraint, obj.oid)
            if constraint is not None:
                _lock_constraint(run, constraint, role)
        case Kind.DEFAULT | Kind.TRIGGER | Kind.RULE | Kind.POLICY:
            row = world.one(_ROW_TYPES[obj.kind], obj.oid)
            lock_oid(run, getattr(row, "relation", 0), role)
            if isinstance(row, PgTrigger) and row.type_bits & 1:
                _lock_hidden_clones(run, row)
        case Kind.STATISTICS:
            statistics = world.one(PgStatisticExt, obj.oid)
            table = world.relation(statistics.relation) if statistics else None
            if table is not None:
                run.lock(table, SUE, role)
        case _:
            pass


def lock_oid(run: Run, oid: int, role: Role) -> None:
    """Note ACCESS EXCLUSIVE on a relation."""
    relation = run.world.relation(oid)
    if relation is not None:
        run.lock(relation, AE, role)


def _lock_hidden_clones(run: Run, trigger: PgTrigger) -> None:
    """The clones of a row trigger in partitions go along; before 15 no catalog holds them."""
    table = run.world.relation(trigger.relation)
    if table is not None and table.kind == "p" and run.major < CLONES_SHOWN_SINCE:
        for child in run.descendants(table.oid):
            run.lock(child, AE, run.child_role(child))


def _lock_weakly(run: Run, obj: Obj) -> None:
    """DROP INDEX CONCURRENTLY: the index alone is locked strongly, when nobody uses it any more."""
    row = run.world.relation(obj.oid)
    if row is not None:
        run.lock(row, AE, Role.INDEX)


def _lock_relation(run: Run, obj: Obj, role: Role) -> None:
    row = run.world.relation(obj.oid)
    if row is None:
        return
    if isinstance(row, PgIndex):
        run.lock(row, AE, Role.INDEX)
        lock_oid(run, row.relation, role)
        return
    run.lock(row, AE, _role_of(row, role))
    if row.is_partition and not obj.column:
        for parent in run.parents(row.oid):
            run.lock(parent, AE, Role.PARENT)
            default = run.default_partition(parent.oid)
            if default is not None and default.oid != row.oid:
                run.lock(default, AE, Role.DEFAULT_PARTITION)


def _role_of(row: PgClass, role: Role) -> Role:
    by_kind = {"v": Role.VIEW, "m": Role.MATERIALIZED_VIEW, "S": Role.SEQUENCE}
    return by_kind.get(row.kind, role) if role is Role.CASCADE else role


def _lock_constraint(run: Run, row: PgConstraint, role: Role) -> None:
    lock_oid(run, row.relation, role)
    if row.kind == "f" and has_action_triggers(run, row):
        lock_oid(run, row.referenced, Role.FOREIGN_KEY_PARTNER)


def has_action_triggers(run: Run, row: PgConstraint) -> bool:
    """Whether a foreign key has triggers of its own on the table it references."""
    referenced = run.world.relation(row.referenced)
    if referenced is None or not row.enforced or _shares_triggers(run, row):
        return False
    return referenced.kind != "p" or run.major >= TRIGGERS_ON_PARTITIONED_SINCE


def _shares_triggers(run: Run, row: PgConstraint) -> bool:
    """Whether the key is a partition's copy: the triggers on the referenced table are those of the declared key."""
    above = run.world.one(PgConstraint, row.parent) if row.parent else None
    return above is not None and above.relation != row.relation


# ---- rows


def delete_row(run: Run, obj: Obj) -> None:
    """Take an object's rows out of the world."""
    world = run.world
    if obj.kind is Kind.RELATION:
        _delete_relation(run, obj)
        return
    row_type = _ROW_TYPES[obj.kind]
    row = world.one(row_type, obj.oid)
    if row is None:
        return
    world.remove(row)
    _forget(run, obj)
    match row:
        case PgAttrdef():
            _mark_default_gone(run, row)
        case PgConstraint(kind="p" | "n"):
            pass
        case _:
            pass


def _mark_default_gone(run: Run, row: PgAttrdef) -> None:
    for column in run.columns(row.relation):
        if column.number == row.column:
            run.change(column, has_default=False)


def _delete_relation(run: Run, obj: Obj) -> None:
    world = run.world
    row = world.relation(obj.oid)
    if row is None:
        return
    if obj.column:
        for column in run.columns(obj.oid):
            if column.number == obj.column:
                world.remove(column)
        _forget(run, obj)
        return
    world.remove(row)
    world.remove(*world.where(PgAttribute, "relation", obj.oid))
    world.remove(*world.where(PgInherits, "child", obj.oid))
    world.remove(*world.where(PgInherits, "parent", obj.oid))
    world.remove(*world.where(PgSequence, "relation", obj.oid))
    world.remove(*world.where(PgPartitionedTable, "relation", obj.oid))
    for cut in world.where(PgPartitionedTable, "default_partition", obj.oid):
        run.change(cut, default_partition=0)
    for publication in list(world.store(PgPublication).all()):
        if obj.oid in publication.relations:
            kept = tuple(oid for oid in publication.relations if oid != obj.oid)
            run.change(publication, relations=kept)
    if isinstance(row, PgClass) and row.row_type:
        world.remove(*world.where(PgType, "relation", obj.oid))
    _forget(run, obj)


def _forget(run: Run, obj: Obj) -> None:
    """Remove comments and recorded dependencies."""
    world = run.world
    for description in world.where(PgDescription, "object", obj.oid):
        if description.catalog == obj.kind.value and obj.column in (0, description.column):
            world.remove(description)
    for depend in world.where(PgDepend, "object", obj.oid):
        if depend.catalog == obj.kind.value and obj.column in (0, depend.sub_object):
            world.remove(depend)
    for depend in world.where(PgDepend, "referenced", obj.oid):
        if depend.referenced_catalog == obj.kind.value and obj.column in (0, depend.referenced_column):
            world.remove(depend)
