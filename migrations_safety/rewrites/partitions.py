"""Partitions attached, detached and dropped while the parent is used."""

from __future__ import annotations

from migrations_safety.effects.bounds import default_constraint, partition_constraint
from migrations_safety.effects.naming import constraint_name, make_object_name
from migrations_safety.effects.run import Rel
from migrations_safety.effects.written import sql as written
from migrations_safety.rewrites.clauses import can_be_cut, name_of, sql_of
from migrations_safety.rewrites.model import Rewrite, RewriteStep, alone
from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.catalog.rows import PgClass
from probes.sql.tree.atoms import PartitionCmd, RangeVar
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.parts import name_parts
from probes.sql.tree.tables import AlterTable, Drop

_DETACHES_CONCURRENTLY_SINCE = 14


def attach_by_proof(step: Step) -> Rewrite | None:
    """A validated CHECK on the candidate, and one on the default partition, so that ATTACH reads nothing."""
    tree = step.tree
    if not isinstance(tree, AlterTable) or len(tree.commands) != 1 or not can_be_cut(step):
        return None
    command = tree.commands[0].definition
    parent = step.look.relation(tree.relation)
    if not isinstance(command, PartitionCmd) or command.bound is None or not isinstance(parent, PgClass):
        return None
    run = step.look.run
    wanted = partition_constraint(run, parent, command.bound)
    if wanted is None or parent.oid <= 0:
        return None
    child = name_of(command.partition)
    proof = quoted(make_object_name(command.partition.name, "", "bound_proof"))
    steps = [*_proved(f"alter table {child}", proof, written(wanted))]
    undo = [f"alter table {child} drop constraint if exists {proof}"]
    default = run.default_partition(parent.oid)
    other = None
    if default is not None:
        table = f"{quoted(run.world.schema_name(default.namespace))}.{quoted(default.name)}"
        other = f"alter table {table} drop constraint {proof}"
        steps += _proved(f"alter table {table}", proof, written(default_constraint(wanted)))
        undo.append(f"alter table {table} drop constraint if exists {proof}")
    steps.append(RewriteStep(sql_of(step).strip()))
    steps.append(RewriteStep(f"alter table {child} drop constraint {proof}"))
    steps += [RewriteStep(other)] if other else []
    return Rewrite(tuple(steps), rollback=tuple(undo))


def _proved(head: str, name: str, condition: str) -> tuple[RewriteStep, ...]:
    return (
        RewriteStep(f"{head} add constraint {name} check ({condition}) not valid"),
        RewriteStep(f"{head} validate constraint {name}"),
    )


def detach_concurrently(step: Step) -> Rewrite | None:
    """DETACH PARTITION ... CONCURRENTLY, where there is no default partition."""
    tree = step.tree
    if not isinstance(tree, AlterTable) or len(tree.commands) != 1:
        return None
    command = tree.commands[0]
    definition = command.definition
    if command.kind is not AlterTableType.DETACH_PARTITION or not isinstance(definition, PartitionCmd):
        return None
    return _detached(step, tree.relation, definition.partition, ())


def detach_then_drop(step: Step) -> Rewrite | None:
    """DETACH PARTITION ... CONCURRENTLY before DROP TABLE, which then no longer reaches the parent."""
    tree = step.tree
    if not isinstance(tree, Drop) or len(tree.objects) != 1 or tree.cascade:
        return None
    name = name_parts(tree.objects[0])
    child = RangeVar(schema=".".join(name[-2:-1]) or None, name="".join(name[-1:]))
    row = step.look.relation(child)
    parents = step.look.run.parents(row.oid) if row is not None else []
    if not parents:
        return None
    schema = step.look.run.world.schema_name(parents[0].namespace)
    dropped = RewriteStep(f"drop table {name_of(child)}")
    return _detached(step, RangeVar(schema=schema, name=parents[0].name), child, (dropped,))


def _detached(step: Step, parent: RangeVar, child: RangeVar, then: tuple[RewriteStep, ...]) -> Rewrite | None:
    row = step.look.relation(parent)
    has_default = row is not None and step.look.run.default_partition(row.oid) is not None
    if step.look.major < _DETACHES_CONCURRENTLY_SINCE or has_default:
        return None
    detach = f"alter table {name_of(parent)} detach partition {name_of(child)}"
    left = None if then else _left_behind(step, row, child)
    drop = (RewriteStep(f"alter table {name_of(child)} drop constraint if exists {quoted(left)}"),) if left else ()
    return Rewrite(
        (alone(f"{detach} concurrently"), *drop, *then),
        note=f"outside any transaction; where it is interrupted, `{detach} finalize` ends it",
        differs=None if left or then else "a CHECK with the old bounds stays on the partition",
    )


def _left_behind(step: Step, parent: Rel | None, child: RangeVar) -> str | None:
    """The name of the CHECK with the old bounds that a concurrent detach leaves; None where it cannot be told."""
    run, table = step.look.run, step.look.relation(child)
    cut = run.world.partitioning(parent.oid) if parent is not None else None
    if parent is None or table is None or cut is None or run.parents(parent.oid) or 0 in cut.columns:
        return None
    keys = run.column_names(parent.oid, cut.columns)
    return constraint_name(run, table.name, keys[0] if len(keys) == 1 else "", "check", table.namespace)
