"""INHERIT, NO INHERIT, OF and NOT OF."""

from __future__ import annotations

from migrations_safety.effects.alter_table.plan import Alteration
from migrations_safety.effects.inheritance import link_inheritance, unlink_inheritance
from migrations_safety.effects.model import Role
from migrations_safety.effects.run import AS, SUE
from migrations_safety.effects.types import row_type_of
from probes.catalog.rows import PgClass
from probes.sql.tree.atoms import RangeVar
from probes.sql.tree.enums import AlterTableType as A
from probes.sql.tree.parts import TypeName
from probes.sql.tree.tables import AlterTableCommand


def inherit(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """INHERIT and NO INHERIT."""
    run = work.run
    if relation.of_type:
        run.refuse("42809", "cannot change inheritance of typed table")
    if relation.is_partition:
        run.refuse("42809", "cannot change inheritance of a partition")
    if relation.kind == "p" and command.kind is A.ADD_INHERIT:
        run.refuse("42809", "cannot change inheritance of partitioned table")
    named = command.definition
    parent = run.relation(named) if isinstance(named, RangeVar) else None
    if not isinstance(parent, PgClass):
        return
    if command.kind is A.DROP_INHERIT:
        run.lock(parent, AS, Role.PARENT)
        unlink_inheritance(run, parent, relation)
        return
    run.lock(parent, SUE, Role.PARENT)
    for below in run.descendants(relation.oid):
        run.lock(below, AS, run.child_role(below))
    if parent.kind == "p" or parent.is_partition:
        run.refuse("42809", "cannot inherit from a partition or partitioned table")
    if parent.oid == relation.oid or any(below.oid == parent.oid for below in run.descendants(relation.oid)):
        run.refuse("42P07", "circular inheritance not allowed")
    if any(above.oid == parent.oid for above in run.parents(relation.oid)):
        run.refuse("42P07", "relation would be inherited from more than once")
    link_inheritance(run, parent, relation, as_partition=False)


def of_type(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """OF and NOT OF."""
    run = work.run
    if command.kind is A.DROP_OF:
        if not relation.of_type:
            run.refuse("42809", f"{relation.name} is not a typed table")
        run.change(relation, of_type=0)
        return
    named = command.definition
    if not isinstance(named, TypeName):
        return
    composite = row_type_of(run, named.names)
    if composite is None:
        if run.world.knows_all:
            run.refuse("42704", f"type {'.'.join(named.names)} does not exist")
        return
    run.lock(composite, AS, Role.SOURCE)
    if run.parents(relation.oid):
        run.refuse("42809", "typed tables cannot inherit")
    theirs = [(column.name, column.type) for column in run.columns(composite.oid)]
    if [(column.name, column.type) for column in run.columns(relation.oid)] != theirs:
        run.refuse("42804", "table has different columns than the type")
    run.change(relation, of_type=composite.row_type)
