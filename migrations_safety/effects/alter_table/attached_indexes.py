"""Indexes of partitions: each index of a partitioned table has its like on every partition."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.indexing import create, matching_index, same_shape
from migrations_safety.effects.model import Role
from migrations_safety.effects.partition_indexes import plan_like
from migrations_safety.effects.run import AE, AS, SHARE, SUE, Run
from probes.catalog.rows import PgClass, PgConstraint, PgIndex, PgInherits
from probes.sql.tree.atoms import PartitionCmd


def ensure_indexes(run: Run, relation: PgClass, child: PgClass) -> None:
    """Every index of the parent has its like on the partition (AttachPartitionEnsureIndexes)."""
    for parent in run.indexes(relation.oid):
        run.lock(parent, SUE, Role.INDEX)
        found = matching_index(run, parent, relation, child)
        if found is None:
            if child.kind == "f":
                continue
            made = create(run, child, plan_like(run, parent, relation), child_mode=SHARE)
            run.change(made, is_partition=True)
            _constraint_like(run, parent, made, child)
        else:
            run.change(found, is_partition=True)
            made = found
            _adopt_constraint(run, parent, found)
        run.world.put(PgInherits(child=made.oid, parent=parent.oid, position=1, detach_pending=False))


def _constraint_like(run: Run, parent: PgIndex, made: PgIndex, child: PgClass) -> None:
    for row in run.world.where(PgConstraint, "index", parent.oid):
        if row.kind in {"p", "u", "x"}:
            run.world.put(
                msgspec.structs.replace(
                    row,
                    oid=run.world.fresh_oid(),
                    name=made.name,
                    relation=child.oid,
                    namespace=child.namespace,
                    index=made.oid,
                    parent=row.oid,
                    columns=made.columns[: made.key_count],
                    inherited_count=1,
                    is_local=False,
                )
            )


def _adopt_constraint(run: Run, parent: PgIndex, found: PgIndex) -> None:
    above = next((r for r in run.world.where(PgConstraint, "index", parent.oid) if r.kind in {"p", "u", "x"}), None)
    for row in run.world.where(PgConstraint, "index", found.oid):
        if row.kind in {"p", "u", "x"} and above is not None:
            run.change(row, parent=above.oid, inherited_count=1, is_local=False)


def attach_index(run: Run, relation: PgIndex, definition: PartitionCmd) -> None:
    """ATTACH PARTITION of an index."""
    child = run.relation(definition.partition)
    if relation.kind != "I":
        run.refuse("42809", f"{relation.name} is not a partitioned index")
    if not isinstance(child, PgIndex):
        run.refuse("42809", f"{definition.partition.name} is not an index")
    parent_table = run.world.one(PgClass, relation.relation)
    table = run.world.one(PgClass, child.relation)
    if parent_table is None or table is None:
        return
    run.lock(table, AS, Role.PARTITION)
    run.lock(parent_table, AS, Role.PARENT)
    run.lock(child, AE, Role.INDEX)
    links = run.world.where(PgInherits, "child", child.oid)
    if any(link.parent == relation.oid for link in links):
        return
    if links:
        run.refuse("55000", f"index {child.name} is already attached to another index")
    if all(above.oid != parent_table.oid for above in run.parents(table.oid)):
        run.refuse("55000", "index is not on a partition of the table")
    if any(other.relation == table.oid for other in run.children(relation.oid) if isinstance(other, PgIndex)):
        run.refuse("55000", "another index is already attached for the partition")
    if not same_shape(run, relation, parent_table, child, table):
        run.refuse("42P17", "the index definitions do not match")
    run.change(child, is_partition=True)
    run.world.put(PgInherits(child=child.oid, parent=relation.oid, position=1, detach_pending=False))
    _adopt_constraint(run, relation, child)
    _become_valid(run, relation, parent_table)


def _become_valid(run: Run, index: PgIndex, table: PgClass) -> None:
    covered = {child.relation for child in run.children(index.oid) if isinstance(child, PgIndex) and child.valid}
    if all(child.oid in covered for child in run.children(table.oid)):
        run.change(index, valid=True)
