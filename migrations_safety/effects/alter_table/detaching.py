"""DETACH PARTITION, and what becomes of a table that is a partition no more."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.alter_table.kept_bound import keep_bound_as_check
from migrations_safety.effects.alter_table.plan import Alteration
from migrations_safety.effects.deletion import lock_oid
from migrations_safety.effects.model import Role, Wait
from migrations_safety.effects.planning import plan_access
from migrations_safety.effects.run import AE, AS, ROWS, SHARE, SRE, SUE, Rel, Run
from migrations_safety.effects.triggers import CLONES_SHOWN_SINCE
from probes.catalog.rows import PgClass, PgConstraint, PgInherits, PgTrigger
from probes.sql.tree.atoms import PartitionCmd
from probes.sql.tree.tables import AlterTableCommand

_DETACH_LOCKS_PARTITION_SINCE = 14


def detach(work: Alteration, relation: Rel, command: AlterTableCommand) -> None:
    """DETACH PARTITION."""
    definition = command.definition
    if not isinstance(definition, PartitionCmd) or not isinstance(relation, PgClass):
        return
    run = work.run
    if definition.concurrent:
        run.require_no_transaction()
        run.record.wait(Wait.TABLE_USERS)
    _lock_default(run, relation, definition)
    child = run.relation(definition.partition)
    if not isinstance(child, PgClass):
        return
    weak = run.major < _DETACH_LOCKS_PARTITION_SINCE
    run.lock(child, SUE if weak else AE, Role.PARTITION)
    if run.is_assumed(relation) or run.is_assumed(child):
        return
    if relation.kind != "p":
        run.refuse("42809", f"{relation.name} is not partitioned")
    if all(link.parent != relation.oid for link in run.world.where(PgInherits, "child", child.oid)):
        _refuse_referenced(run, child)
        run.refuse("42P01", f"{child.name} is not a partition of {relation.name}")
    _check_referencing(run, child)
    if definition.concurrent:
        for index in run.indexes(child.oid):
            run.lock(index, AS, Role.INDEX)
        keep_bound_as_check(run, relation, child)
    release(run, relation, child)


def _refuse_referenced(run: Run, child: PgClass) -> None:
    """PostgreSQL 13 looks for rows of partitions that point at the table before it asks whether it is a partition.

    Raises:
        Refused: 23503.
    """
    keys = run.world.where(PgConstraint, "referenced", child.oid)
    if run.major < _DETACH_LOCKS_PARTITION_SINCE and any(key.parent for key in keys):
        run.refuse("23503", f"removing partition {child.name} violates a foreign key")


def _lock_default(run: Run, relation: PgClass, definition: PartitionCmd) -> None:
    default = run.default_partition(relation.oid)
    if default is None:
        return
    if definition.concurrent:
        run.refuse("55000", "cannot detach partitions concurrently when a default partition exists")
    run.lock(default, AE, Role.DEFAULT_PARTITION)


def finalize(work: Alteration, relation: Rel, command: AlterTableCommand) -> None:
    """DETACH PARTITION ... FINALIZE."""
    definition = command.definition
    run = work.run
    child = run.relation(definition.partition) if isinstance(definition, PartitionCmd) else None
    if not isinstance(relation, PgClass) or not isinstance(child, PgClass):
        return
    run.lock(child, AE, Role.PARTITION)
    if run.is_assumed(relation) or run.is_assumed(child):
        return
    links = [link for link in run.world.where(PgInherits, "child", child.oid) if link.parent == relation.oid]
    if not links:
        run.refuse("42P01", f"{child.name} is not a partition of {relation.name}")
    if not links[0].detach_pending:
        run.refuse("55000", f"partition {child.name} is not being detached")
    release(run, relation, child)


def _check_referencing(run: Run, child: PgClass) -> None:
    """Keys that reference the partitioned table: no row may point into the partition."""
    for key in run.world.where(PgConstraint, "referenced", child.oid):
        user = run.world.relation(key.relation)
        if not key.parent or user is None:
            continue
        lock_oid(run, child.oid, Role.PARTITION)
        run.lock(user, SHARE, Role.FOREIGN_KEY_PARTNER)
        plan_access(run, user, AS, role=Role.FOREIGN_KEY_PARTNER)
        plan_access(run, child, AS, role=Role.PARTITION)
        run.scan(user, "no row may point into the partition")
        run.record.may_refuse("23503", "a row points into the partition", ROWS)
        run.lock(user, AE, Role.FOREIGN_KEY_PARTNER)
        run.world.remove(key)


def _drop_clones(run: Run, relation: PgClass, child: PgClass) -> None:
    """Row triggers that the partition, and what is below it, got from the table go."""
    hidden = run.ancestors(relation.oid) if run.major < CLONES_SHOWN_SINCE else ()
    tables = [relation.oid, *(above.oid for above in hidden)]
    if not any(one.type_bits & 1 for oid in tables for one in run.world.where(PgTrigger, "relation", oid)):
        return
    for table in [child, *run.descendants(child.oid)]:
        run.lock(table, AE, run.child_role(table))
        for trigger in run.world.where(PgTrigger, "relation", table.oid):
            if trigger.parent:
                run.world.remove(trigger)


def release(run: Run, relation: PgClass, child: PgClass) -> None:
    """Untie a partition: its indexes, keys, triggers, columns and constraints become its own."""
    for link in run.world.where(PgInherits, "child", child.oid):
        if link.parent == relation.oid:
            run.world.remove(link)
    for index in run.indexes(child.oid):
        for link in run.world.where(PgInherits, "child", index.oid):
            run.lock(index, AE, Role.INDEX)
            run.world.remove(link)
            run.change(index, is_partition=False)
    for row in run.constraints(child.oid):
        _release_constraint(run, row)
    for column in run.columns(child.oid):
        if column.inherited_count:
            run.change(column, inherited_count=column.inherited_count - 1, is_local=True)
    _drop_clones(run, relation, child)
    now = run.world.one(PgClass, child.oid) or child
    run.world.put(msgspec.structs.replace(now, is_partition=False, partition_bound=None))
    cut = run.world.partitioning(relation.oid)
    if cut is not None and cut.default_partition == child.oid:
        run.change(cut, default_partition=0)


def _release_constraint(run: Run, row: PgConstraint) -> None:
    partner = run.world.relation(row.referenced) if row.kind == "f" and row.parent else None
    if partner is not None:
        run.lock(partner, SRE, Role.FOREIGN_KEY_PARTNER)
    if row.parent:
        run.change(row, parent=0, inherited_count=0, is_local=True)
    elif row.inherited_count:
        run.change(row, inherited_count=row.inherited_count - 1, is_local=True)
