"""Columns made NOT NULL while the table is used, and primary keys whose columns are not yet so."""

from __future__ import annotations

from migrations_safety.effects.naming import make_object_name
from migrations_safety.rewrites.clauses import name_of
from migrations_safety.rewrites.constraints import not_null_by_proof, not_null_steps, target_of
from migrations_safety.rewrites.model import Rewrite, RewriteStep
from migrations_safety.timeline import Step
from probes.catalog.names import quoted
from probes.catalog.rows import PgIndex
from probes.sql.tree.enums import AlterTableType, ConstraintType
from probes.sql.tree.parts import Constraint
from probes.sql.tree.tables import AlterTable


def set_not_null_online(step: Step, column: str) -> Rewrite | None:
    """SET NOT NULL by a proof, or by validating the NOT NULL constraint that is there already."""
    tree = step.tree
    if not isinstance(tree, AlterTable):
        return None
    existing = _unvalidated(step, tree, column)
    if existing is None:
        return not_null_by_proof(step, column)
    if len(tree.commands) > 1:
        return None
    return Rewrite((RewriteStep(f"alter table {name_of(tree.relation)} validate constraint {quoted(existing)}"),))


def _unvalidated(step: Step, tree: AlterTable, column: str) -> str | None:
    relation = step.look.relation(tree.relation)
    row = step.look.column(relation, column) if relation is not None else None
    if relation is None or row is None:
        return None
    found = (
        one.name
        for one in step.look.constraints(relation)
        if one.kind == "n" and not one.validated and row.number in one.columns
    )
    return next(found, None)


def not_null_constraint_not_valid(step: Step) -> Rewrite | None:
    """ADD CONSTRAINT ... NOT NULL ... NOT VALID, then VALIDATE CONSTRAINT on its own."""
    target = target_of(step, AlterTableType.ADD_CONSTRAINT, ConstraintType.NOTNULL)
    tree = step.tree
    if target is None or not isinstance(tree, AlterTable):
        return None
    keys = [
        (one.definition.name, one.definition.keys)
        for one in tree.commands
        if isinstance(one.definition, Constraint) and one.definition.kind is ConstraintType.NOTNULL
    ]
    given, columns = keys[0]
    if not columns:
        return None
    name = quoted(given or make_object_name(tree.relation.name, columns[0], "not_null"))
    return Rewrite(
        (
            *target.others,
            RewriteStep(f"{target.head} {target.clause} not valid"),
            RewriteStep(f"{target.head} validate constraint {name}"),
        ),
        rollback=(f"{target.head} drop constraint if exists {name}", *target.undo),
        note="each in a transaction of its own",
    )


def key_after_not_null(step: Step) -> Rewrite | None:
    """PRIMARY KEY USING INDEX after its columns were proved NOT NULL."""
    target = target_of(step, AlterTableType.ADD_CONSTRAINT, ConstraintType.PRIMARY)
    tree = step.tree
    if target is None or not isinstance(tree, AlterTable) or target.others:
        return None
    relation = step.look.relation(tree.relation)
    definition = tree.commands[0].definition
    name = definition.index_name if isinstance(definition, Constraint) else None
    index = step.look.run.find(tree.relation.schema, name) if name else None
    if relation is None or not isinstance(index, PgIndex):
        return None
    steps: tuple[RewriteStep, ...] = ()
    undo: tuple[str, ...] = ()
    for column in step.look.columns(relation):
        if column.number in index.columns[: index.key_count] and not column.not_null:
            more = not_null_steps(target.head, tree.relation.name, column.name, step.look.major)
            steps, undo = steps + more[0], undo + more[1]
    return Rewrite((*steps, RewriteStep(f"{target.head} {target.clause}")), rollback=undo) if steps else None
