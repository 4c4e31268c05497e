"""ATTACH and DETACH PARTITION."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.alter_table.kept_bound import keep_bound_as_check
from migrations_safety.effects.alter_table.plan import Alteration, ForeignKeyCheck
from migrations_safety.effects.bounds import (
    bound_text,
    check_bound,
    check_overlap,
    default_constraint,
    is_proved,
    partition_constraint,
)
from migrations_safety.effects.deletion import TRIGGERS_ON_PARTITIONED_SINCE, lock_oid
from migrations_safety.effects.indexing import create, matching_index, same_shape
from migrations_safety.effects.inheritance import link_inheritance
from migrations_safety.effects.model import Conditional, Reason, Role, Wait
from migrations_safety.effects.partition_indexes import plan_like
from migrations_safety.effects.planning import plan_access
from migrations_safety.effects.run import AE, AS, ROWS, SHARE, SRE, SUE, Rel, Run
from migrations_safety.effects.triggers import CLONES_SHOWN_SINCE, clone_triggers
from probes.catalog.expression import Written
from probes.catalog.rows import PgClass, PgConstraint, PgIndex, PgInherits, PgTrigger
from probes.sql.expressions import model as m
from probes.sql.tree.atoms import PartitionCmd
from probes.sql.tree.tables import AlterTableCommand

_BOUNDS = Conditional(Reason.NO_CATALOG, "whether CHECK constraints prove the bounds already")
_DETACH_LOCKS_PARTITION_SINCE = 14


def attach(work: Alteration, relation: Rel, command: AlterTableCommand) -> None:
    """ATTACH PARTITION, of a table or of an index."""
    definition = command.definition
    if not isinstance(definition, PartitionCmd):
        return
    run = work.run
    if isinstance(relation, PgIndex):
        _attach_index(run, relation, definition)
        return
    if relation.kind != "p" and not run.is_assumed(relation):
        run.refuse("42809", f"{relation.name} is not partitioned")
    if definition.bound is not None:
        check_bound(run, relation, definition.bound)
    if relation.kind == "i":
        return
    child = run.relation(definition.partition)
    if not isinstance(child, PgClass):
        return
    run.lock(child, AE, Role.PARTITION)
    for below in run.descendants(child.oid):
        run.lock(below, AE, run.child_role(below))
    if run.is_assumed(relation) or run.is_assumed(child):
        _attach_assumed(run, relation, child)
    else:
        _attach_table(work, relation, child, definition)


def _attach_table(work: Alteration, relation: PgClass, child: PgClass, definition: PartitionCmd) -> None:
    run = work.run
    _check_candidate(run, relation, child)
    default = run.default_partition(relation.oid)
    if default is not None:
        run.lock(default, AE, Role.DEFAULT_PARTITION)
        if definition.bound is not None and definition.bound.is_default:
            run.refuse("42P17", "there is a default partition already")
    if definition.bound is not None:
        check_overlap(run, relation, definition.bound)
    link_inheritance(run, relation, child, as_partition=True)
    _take_bound(run, relation, child, definition)
    _ensure_indexes(run, relation, child)
    clone_triggers(run, child, relation)
    _clone_foreign_keys(work, relation, child)
    _validate_rows(run, relation, child, default, definition)


def _attach_assumed(run: Run, relation: PgClass, child: PgClass) -> None:
    run.scan(child, "its rows must fit the partition", _BOUNDS)
    run.describe(
        f"the default partition of {relation.name}",
        AE,
        Role.DEFAULT_PARTITION,
        "rows of the new partition may be in it",
    )


def _check_candidate(run: Run, relation: PgClass, child: PgClass) -> None:
    if child.is_partition:
        run.refuse("42809", f"{child.name} is already a partition")
    if child.of_type:
        run.refuse("42809", "cannot attach a typed table as partition")
    if run.parents(child.oid):
        run.refuse("42809", "cannot attach inheritance child as partition")
    if child.kind != "p" and run.children(child.oid):
        run.refuse("42809", "cannot attach inheritance parent as partition")
    if child.oid == relation.oid or any(above.oid == child.oid for above in run.ancestors(relation.oid)):
        run.refuse("42P07", "circular inheritance not allowed")
    if (relation.persistence == "t") != (child.persistence == "t"):
        run.refuse("42809", "cannot mix temporary and permanent partitions")
    if child.kind not in {"r", "p", "f"}:
        run.refuse("42809", f"{child.name} cannot be a partition")
    ours = {column.name for column in run.columns(relation.oid)}
    if any(column.name not in ours for column in run.columns(child.oid)):
        run.refuse("42804", f"table {child.name} contains a column not found in parent")


def _take_bound(run: Run, relation: PgClass, child: PgClass, definition: PartitionCmd) -> None:
    now = run.world.one(PgClass, child.oid) or child
    bound = Written(bound_text(definition.bound)) if definition.bound else None
    run.world.put(msgspec.structs.replace(now, is_partition=True, partition_bound=bound))
    cut = run.world.partitioning(relation.oid)
    if cut is not None and definition.bound is not None and definition.bound.is_default:
        run.change(cut, default_partition=child.oid)


def _ensure_indexes(run: Run, relation: PgClass, child: PgClass) -> None:
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


def _clone_foreign_keys(work: Alteration, relation: PgClass, child: PgClass) -> None:
    run = work.run
    for key in [row for row in run.constraints(relation.oid) if row.kind == "f"]:
        partner = run.world.relation(key.referenced)
        if partner is None or (key.parent and _is_copy_for_partition(run, key)):
            continue
        run.lock(partner, SRE, Role.FOREIGN_KEY_PARTNER)
        _lock_partner_partitions(run, partner)
        own = _matching_key(run, relation, key, child)
        if own is not None:
            if key.enforced:
                run.lock(partner, AE, Role.FOREIGN_KEY_PARTNER)
            run.change(own, parent=key.oid, inherited_count=1, is_local=False)
            continue
        names = run.column_names(relation.oid, key.columns)
        numbers = tuple(c.number for name in names if (c := run.column(child.oid, name)))
        copy = msgspec.structs.replace(
            key,
            oid=run.world.fresh_oid(),
            parent=key.oid,
            relation=child.oid,
            namespace=child.namespace,
            columns=numbers,
            inherited_count=1,
            is_local=False,
        )
        run.world.put(copy)
        if key.validated and key.enforced:
            work.checks.append(ForeignKeyCheck(copy.oid))
    for key in run.world.where(PgConstraint, "referenced", relation.oid):
        user = run.world.relation(key.relation)
        if user is not None:
            run.lock(user, SRE if run.major >= TRIGGERS_ON_PARTITIONED_SINCE else AS, Role.FOREIGN_KEY_PARTNER)
            copy = msgspec.structs.replace(
                key, oid=run.world.fresh_oid(), parent=key.oid, referenced=child.oid, inherited_count=1, is_local=False
            )
            run.world.put(copy)


def _is_copy_for_partition(run: Run, key: PgConstraint) -> bool:
    """Whether it is the row for one partition of the referenced table: cloned along with its parent."""
    above = run.world.one(PgConstraint, key.parent)
    return above is not None and above.relation == key.relation


def _lock_partner_partitions(run: Run, partner: Rel) -> None:
    if partner.kind == "p":
        for below in run.descendants(partner.oid):
            run.lock(below, SRE, Role.PARTITION)


def _matching_key(run: Run, relation: PgClass, key: PgConstraint, child: PgClass) -> PgConstraint | None:
    names = run.column_names(relation.oid, key.columns)
    for own in run.constraints(child.oid):
        same = (own.kind, own.referenced, own.referenced_columns, own.on_update, own.on_delete, own.match)
        if same != ("f", key.referenced, key.referenced_columns, key.on_update, key.on_delete, key.match):
            continue
        alike = (own.deferrable, own.initially_deferred, own.enforced, own.parent)
        if alike == (key.deferrable, key.initially_deferred, key.enforced, 0) and (
            own.validated and run.column_names(child.oid, own.columns) == names
        ):
            return own
    return None


def _validate_rows(
    run: Run, relation: PgClass, child: PgClass, default: PgClass | None, definition: PartitionCmd
) -> None:
    if definition.bound is None:
        return
    own = partition_constraint(run, relation, definition.bound)
    above = stored_constraint(run, relation)
    wanted = own if own is None or above is None else m.And((own, above))
    read_unless_proved(run, child, wanted, "its rows must fit the partition")
    if default is not None and own is not None:
        read_unless_proved(run, default, default_constraint(own), "rows of the new partition may be in it")


def stored_constraint(run: Run, relation: PgClass) -> m.Expression | None:
    """The constraint that a partitioned table has as a partition itself."""
    from migrations_safety.effects.bounds import constraint_of_stored  # noqa: PLC0415 - cycle

    return constraint_of_stored(run, relation) if relation.is_partition else None


def read_unless_proved(run: Run, relation: PgClass, wanted: m.Expression | None, why: str) -> None:
    """Read a table, or the partitions of one, unless CHECK constraints prove the condition."""
    if wanted is not None and is_proved(run, relation, wanted):
        return
    if relation.kind == "p":
        for child in run.children(relation.oid):
            if isinstance(child, PgClass):
                run.lock(child, AE, run.child_role(child))
                read_unless_proved(run, child, wanted, why)
    elif relation.kind == "r":
        run.scan(relation, why)
        run.record.may_refuse("23514", f"a row of {relation.name} violates the partition constraint", ROWS)


# ---- indexes


def _attach_index(run: Run, relation: PgIndex, definition: PartitionCmd) -> None:
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


# ---- DETACH


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
    _check_referencing(run, relation, child)
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


def _check_referencing(run: Run, relation: PgClass, child: PgClass) -> None:
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
    del relation


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
