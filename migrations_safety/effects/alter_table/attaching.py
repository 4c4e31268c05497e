"""ATTACH PARTITION."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.alter_table.attached_indexes import attach_index, ensure_indexes
from migrations_safety.effects.alter_table.plan import Alteration, ForeignKeyCheck
from migrations_safety.effects.bounds import (
    bound_text,
    check_bound,
    check_overlap,
    constraint_of_stored,
    default_constraint,
    is_proved,
    partition_constraint,
)
from migrations_safety.effects.deletion import TRIGGERS_ON_PARTITIONED_SINCE
from migrations_safety.effects.inheritance import link_inheritance
from migrations_safety.effects.model import Conditional, Reason, Role
from migrations_safety.effects.run import AE, AS, ROWS, SRE, Rel, Run
from migrations_safety.effects.triggers import clone_triggers
from probes.catalog.expression import Written
from probes.catalog.rows import PgClass, PgConstraint, PgIndex
from probes.sql.expressions import model as m
from probes.sql.tree.atoms import PartitionCmd
from probes.sql.tree.tables import AlterTableCommand

_BOUNDS = Conditional(Reason.NO_CATALOG, "whether CHECK constraints prove the bounds already")


def attach(work: Alteration, relation: Rel, command: AlterTableCommand) -> None:
    """ATTACH PARTITION, of a table or of an index."""
    definition = command.definition
    if not isinstance(definition, PartitionCmd):
        return
    run = work.run
    if isinstance(relation, PgIndex):
        attach_index(run, relation, definition)
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
    ensure_indexes(run, relation, child)
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
