"""CREATE TABLE ... PARTITION OF: its bounds, and the indexes, keys and triggers that it gets from its parent."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.alter_table.attaching import read_unless_proved
from migrations_safety.effects.bounds import (
    bound_text,
    check_bound,
    check_overlap,
    default_constraint,
    partition_constraint,
)
from migrations_safety.effects.deletion import TRIGGERS_ON_PARTITIONED_SINCE
from migrations_safety.effects.indexing import create
from migrations_safety.effects.model import Role
from migrations_safety.effects.partition_indexes import plan_like
from migrations_safety.effects.run import AE, AS, SRE, SUE, Run
from migrations_safety.effects.taken_columns import index_constraint, now
from migrations_safety.effects.triggers import clone_triggers
from probes.catalog.expression import Written
from probes.catalog.rows import (
    PgClass,
    PgConstraint,
    PgInherits,
)
from probes.sql.tree.tables import CreateTable

WHY_DEFAULT = "rows of the new partition may be in it"


def as_partition(run: Run, table: PgClass, parent: PgClass, statement: CreateTable) -> None:
    """Make a new table a partition of its parent."""
    bound = statement.bound
    assert bound is not None  # noqa: S101 - the caller's condition
    if run.is_assumed(parent):
        run.change(now(run, table), partition_bound=Written(bound_text(bound)))
        if not bound.is_default:
            run.describe(f"the default partition of {parent.name}", AE, Role.DEFAULT_PARTITION, WHY_DEFAULT)
        return
    check_bound(run, parent, bound)
    check_overlap(run, parent, bound)
    run.change(now(run, table), partition_bound=Written(bound_text(bound)))
    cut = run.world.partitioning(parent.oid)
    default = run.default_partition(parent.oid)
    if default is not None:
        run.lock(default, AE, Role.DEFAULT_PARTITION)
        if bound.is_default:
            run.refuse("42P17", "there is a default partition already")
        own = partition_constraint(run, parent, bound)
        read_unless_proved(run, default, default_constraint(own) if own else None, WHY_DEFAULT)
    if cut is not None and bound.is_default:
        run.change(cut, default_partition=table.oid)
    _clone_indexes(run, table, parent)
    _clone_keys(run, table, parent)
    clone_triggers(run, table, parent)


def _clone_indexes(run: Run, table: PgClass, parent: PgClass) -> None:
    for index in run.indexes(parent.oid):
        if table.kind == "f":
            continue
        run.lock(index, SUE, Role.INDEX)
        made = create(run, now(run, table), plan_like(run, index, parent))
        run.change(made, is_partition=True)
        run.world.put(PgInherits(child=made.oid, parent=index.oid, position=1, detach_pending=False))
        index_constraint(run, table, parent, index.oid, made.oid, made.name)
        above = next((r for r in run.world.where(PgConstraint, "index", index.oid) if r.kind in {"p", "u", "x"}), None)
        for row in run.world.where(PgConstraint, "index", made.oid):
            if above is not None:
                run.change(row, parent=above.oid, inherited_count=1, is_local=False, no_inherit=above.no_inherit)


def _clone_keys(run: Run, table: PgClass, parent: PgClass) -> None:
    for key in run.constraints(parent.oid):
        partner = run.world.relation(key.referenced) if key.kind == "f" else None
        if partner is None:
            continue
        run.lock(partner, SRE, Role.FOREIGN_KEY_PARTNER)
        names = run.column_names(parent.oid, key.columns)
        run.world.put(
            msgspec.structs.replace(
                key,
                oid=run.world.fresh_oid(),
                parent=key.oid,
                relation=table.oid,
                namespace=table.namespace,
                columns=tuple(c.number for n in names if (c := run.column(table.oid, n))),
                inherited_count=1,
                is_local=False,
                no_inherit=table.kind != "p",
            )
        )
    for key in run.world.where(PgConstraint, "referenced", parent.oid):
        user = run.world.relation(key.relation)
        if user is not None:
            run.lock(user, SRE if run.major >= TRIGGERS_ON_PARTITIONED_SINCE else AS, Role.FOREIGN_KEY_PARTNER)
            copy = msgspec.structs.replace(key, oid=run.world.fresh_oid(), parent=key.oid, referenced=table.oid)
            run.world.put(copy)
