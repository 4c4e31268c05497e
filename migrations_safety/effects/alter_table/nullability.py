"""SET NOT NULL, DROP NOT NULL, and the proofs that save a scan."""

from __future__ import annotations

from migrations_safety.effects.alter_table.plan import Alteration, has_storage
from migrations_safety.effects.model import Conditional, Reason
from migrations_safety.effects.naming import make_object_name
from migrations_safety.effects.run import ROWS, Rel, Run
from migrations_safety.effects.written import parsed
from probes.catalog.rows import PgAttribute, PgClass, PgConstraint
from probes.sql.expressions.implication import proves_not_null
from probes.sql.tree.enums import AlterTableType
from probes.sql.tree.tables import AlterTableCommand

SET_NOT_NULL = AlterTableType.SET_NOT_NULL
_PROOF = Conditional(Reason.NO_CATALOG, "whether a valid CHECK proves it already")
CONSTRAINTS_SINCE = 18
"""The major that keeps NOT NULL as constraints."""


def column_named(run: Run, relation: Rel, name: str | None) -> PgAttribute | None:
    """The column of a subcommand; None where the table is only assumed.

    Raises:
        Refused: 42703, there is no such column.
    """
    column = run.column(relation.oid, name or "")
    if column is None and run.knows_columns(relation):
        run.refuse("42703", f"column {name} does not exist")
    return column


def set_not_null(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """SET NOT NULL on one table."""
    run = work.run
    column = column_named(run, relation, command.name)
    if column is None:
        _scan_assumed(run, relation, command.name or "")
        return
    mark_not_null(work, relation, column)


def _scan_assumed(run: Run, relation: Rel, column: str) -> None:
    if not _is_proved(run, relation, column):
        run.scan(relation, f"{column} must not be null", _PROOF)


def mark_not_null(work: Alteration, relation: PgClass, column: PgAttribute) -> None:
    """Mark a column NOT NULL, and have the table read unless that is proved."""
    run = work.run
    if column.not_null:
        if run.major >= CONSTRAINTS_SINCE:
            _validate_existing(work, relation, column)
        return
    run.change(column, not_null=True)
    if has_storage(relation) and not not_null_proved(run, relation, column):
        work.verify(relation, f"{column.name} must not be null")
        run.record.may_refuse("23502", f"column {column.name} contains null values", ROWS)


def _validate_existing(work: Alteration, relation: PgClass, column: PgAttribute) -> None:
    for constraint in work.run.constraints(relation.oid):
        if constraint.kind == "n" and column.number in constraint.columns and not constraint.validated:
            work.run.change(constraint, validated=True)
            if not not_null_proved(work.run, relation, column):
                work.verify(relation, f"{column.name} must not be null")
                work.run.record.may_refuse("23502", f"column {column.name} contains null values", ROWS)


def not_null_proved(run: Run, relation: Rel, column: PgAttribute) -> bool:
    """Whether valid CHECK constraints prove that the column holds no nulls."""
    return _is_proved(run, relation, column.name)


def _is_proved(run: Run, relation: Rel, column: str) -> bool:
    checks = [
        expression
        for row in run.constraints(relation.oid)
        if row.kind == "c" and row.validated and row.enforced and (expression := parsed(row.expression)) is not None
    ]
    return bool(checks) and proves_not_null(checks, column)


def set_not_null_recursively(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """SET NOT NULL as PostgreSQL 18 does it: children only where there is something to do."""
    run = work.run
    column = column_named(run, relation, command.name)
    if column is None:
        _scan_assumed(run, relation, command.name or "")
        return
    if not column.not_null and not work.recurse and relation.kind == "p" and run.children(relation.oid):
        run.refuse("42P16", "constraint must be added to child tables too")
    had_constraint = column.not_null
    mark_not_null(work, relation, column)
    if had_constraint and not _has_unvalidated(run, relation, column):
        return
    if work.recurse:
        for child in work.children(relation):
            set_not_null_recursively(work, child, command)


def _has_unvalidated(run: Run, relation: Rel, column: PgAttribute) -> bool:
    return any(
        row.kind == "n" and column.number in row.columns and not row.validated for row in run.constraints(relation.oid)
    )


def drop_not_null(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """DROP NOT NULL on one table."""
    run = work.run
    column = column_named(run, relation, command.name)
    if column is None:
        return
    if column.identity:
        run.refuse("42601", f"column {column.name} is an identity column")
    if run.major >= CONSTRAINTS_SINCE and not column.not_null:
        return
    if any(row.primary and column.number in row.columns for row in run.indexes(relation.oid)):
        run.refuse("42P16", f"column {column.name} is in a primary key")
    identities = [row for row in run.indexes(relation.oid) if row.is_replica_identity]
    if run.major >= CONSTRAINTS_SINCE and any(column.number in row.columns for row in identities):
        run.refuse("42P16", f"column {column.name} is in index used as replica identity")
    _refuse_inherited(run, relation, column)
    if column.not_null:
        run.change(column, not_null=False)
        _drop_constraint(work, relation, column)


def _refuse_inherited(run: Run, relation: PgClass, column: PgAttribute) -> None:
    for parent in run.parents(relation.oid):
        above = run.column(parent.oid, column.name)
        inherits = relation.is_partition or run.major >= CONSTRAINTS_SINCE
        if above is not None and above.not_null and inherits and column.not_null:
            run.refuse("42P16", f"column {column.name} is marked NOT NULL in parent table")


def _drop_constraint(work: Alteration, relation: PgClass, column: PgAttribute) -> None:
    """Take a NOT NULL constraint out, and those that children inherited from it."""
    run = work.run
    if run.major < CONSTRAINTS_SINCE:
        return
    for constraint in run.constraints(relation.oid):
        if constraint.kind == "n" and column.number in constraint.columns:
            run.world.remove(constraint)
    for child in work.children(relation):
        inherited = run.column(child.oid, column.name)
        if inherited is not None and inherited.not_null and work.recurse:
            run.change(inherited, not_null=False)
            _drop_constraint(work, child, inherited)


def refuse_if_row_type_used(work: Alteration, relation: PgClass) -> None:
    """A row type cannot change under columns that hold its values (find_composite_type_dependencies)."""
    run = work.run
    if not relation.row_type:
        return
    for column in run.world.where(PgAttribute, "type", relation.row_type):
        user = run.world.one(PgClass, column.relation)
        if user is not None and user.kind in {"r", "m", "p"}:
            run.refuse("0A000", f"column {user.name}.{column.name} uses its row type")


def column_of_unlisted(run: Run, relation: Rel, name: str) -> PgAttribute | None:
    """The column whose valid NOT NULL constraint has this name by default: a catalog leaves such constraints out."""
    if run.major < CONSTRAINTS_SINCE:
        return None
    for column in run.columns(relation.oid):
        if column.not_null and make_object_name(relation.name, column.name, "not_null") == name:
            return column
    return None


def constraint_of(run: Run, relation: Rel, column: PgAttribute) -> PgConstraint | None:
    """The NOT NULL constraint of a column, where the catalog holds it."""
    return next(
        (row for row in run.constraints(relation.oid) if row.kind == "n" and column.number in row.columns), None
    )
