"""ADD COLUMN and DROP COLUMN."""

from __future__ import annotations

import msgspec

from migrations_safety.effects import sequences
from migrations_safety.effects.alter_table import constraints
from migrations_safety.effects.alter_table.plan import Alteration, has_storage
from migrations_safety.effects.columns import ColumnPlan, plan_column, refuse_expression, with_default
from migrations_safety.effects.defaults import Volatile
from migrations_safety.effects.deletion import drop
from migrations_safety.effects.dependents import Kind, Obj, names_in_list
from migrations_safety.effects.model import Conditional, Reason, Role
from migrations_safety.effects.run import NO_CATALOG, RE, ROWS, Rel
from probes.catalog.rows import PgAttribute, PgClass, PgPartitionedTable
from probes.sql.tree.parts import ColumnDef
from probes.sql.tree.tables import AlterTableCommand

_SYSTEM_COLUMNS = frozenset({"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"})


def add_column(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """ADD COLUMN on the table that the statement names, and on its children."""
    definition = command.definition
    if not isinstance(definition, ColumnDef):
        return
    run = work.run
    if relation.of_type and relation.oid == work.target:
        run.refuse("42809", "cannot add column to typed table")
    if relation.is_partition:
        run.refuse("42809", "cannot add column to a partition")
    if definition.name in _SYSTEM_COLUMNS:
        run.refuse("42701", f"column {definition.name} conflicts with a system column")
    if run.column(relation.oid, definition.name) is not None:
        if command.missing_ok:
            return
        run.refuse("42701", f"column {definition.name} exists")
    if command.missing_ok and run.is_assumed(relation):
        run.record.assume(f"column {definition.name} does not exist yet")
    plan = plan_column(run, relation, definition)
    refuse_expression(run, relation, plan)
    children = run.children(relation.oid)
    if plan.identity and children and (run.major < 17 or relation.kind != "p"):  # noqa: PLR2004 - a major
        run.refuse("42P16", "cannot recursively add identity column")
    if children and not work.recurse:
        run.refuse("42P16", "column must be added to child tables too")
    _add(work, relation, plan, inherited=False)
    constraints.add_column_constraints(work, relation, definition, plan)


def _add(
    work: Alteration,
    relation: PgClass,
    plan: ColumnPlan,
    *,
    inherited: bool,
    sequence: tuple[int, str] | None = None,
) -> None:
    run = work.run
    existing = run.column(relation.oid, plan.name) if inherited else None
    if existing is not None:
        if existing.type != plan.type.oid and plan.type.oid:
            run.refuse("42804", "child table has different type for column")
        run.change(existing, inherited_count=existing.inherited_count + 1)
        return
    shares_identity = relation.is_partition and run.major >= 17  # noqa: PLR2004 - a major
    row = plan.row(relation, inherited=inherited)
    if inherited and shares_identity:
        row = msgspec.structs.replace(row, identity=plan.identity)
    run.world.put(row)
    relation = msgspec.structs.replace(relation, column_slots=row.number)
    run.world.put(relation)
    with_default(run, row, plan)
    if plan.sequence and not inherited:
        sequence = sequences.create_for_column(run, relation, row, plan.sequence, identity=bool(plan.identity))
    elif sequence is not None and not plan.identity:
        sequences.default_from(run, row, *sequence)
    _work_for_rows(work, relation, plan)
    for child in work.children(relation):
        _add(work, child, plan, inherited=True, sequence=sequence)


def _work_for_rows(work: Alteration, relation: PgClass, plan: ColumnPlan) -> None:
    """What the rows that are there have to go through (ATExecAddColumn)."""
    run = work.run
    tab = work.tab(relation)
    if plan.has_value or plan.has_constrained_domain:
        tab.has_new_values = True
    if not has_storage(relation) and not run.is_assumed(relation):
        return
    reason = plan.rewrite_reason
    if reason:
        work.rewrite(relation, reason)
    elif plan.volatility is Volatile.UNKNOWN:
        why = Conditional(Reason.NO_CATALOG if not run.world.is_complete else Reason.FUNCTION_BODY, plan.unknown_why)
        run.rewrite(relation, plan.unknown_why, why)
        run.scan(relation, plan.unknown_why, why)
    elif plan.type.oid == 0:
        run.rewrite(relation, f"the type of {plan.name} may be a domain with constraints", NO_CATALOG)
    for sequence in sequences.named_in(run, plan.default):
        run.lock(sequence, RE, Role.SEQUENCE, ROWS)
    if plan.not_null and not plan.has_fast_default:
        work.verify(relation, f"{plan.name} must not be null")
        if not plan.has_value and not plan.is_generated:
            run.record.may_refuse("23502", f"column {plan.name} contains null values", ROWS)


# ---- DROP COLUMN


def drop_column(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """DROP COLUMN on the table that the statement names."""
    run = work.run
    name = command.name or ""
    if relation.of_type and relation.oid == work.target:
        run.refuse("42809", "cannot drop column from typed table")
    column = run.column(relation.oid, name)
    if column is None:
        if command.missing_ok or run.is_assumed(relation):
            return
        run.refuse("42703", f"column {name} does not exist")
    targets: list[Obj] = []
    _collect(work, relation, column, targets, recursing=False)
    drop(run, targets, cascade=command.cascade)


def _collect(work: Alteration, relation: PgClass, column: PgAttribute, targets: list[Obj], *, recursing: bool) -> None:
    run = work.run
    if column.inherited_count > 0 and not recursing:
        run.refuse("42P16", f"cannot drop inherited column {column.name}")
    if in_partition_key(work, relation, column):
        run.refuse("42P16", f"column {column.name} is in the partition key")
    children = run.children(relation.oid)
    if children and relation.kind == "p" and not work.recurse:
        run.refuse("42P16", "cannot drop column from only the partitioned table")
    for child in work.children(relation):
        inherited = run.column(child.oid, column.name)
        if inherited is None or inherited.inherited_count <= 0:
            continue
        if work.recurse and inherited.inherited_count == 1 and not inherited.is_local:
            _collect(work, child, inherited, targets, recursing=True)
        elif work.recurse:
            run.change(inherited, inherited_count=inherited.inherited_count - 1)
        else:
            run.change(inherited, inherited_count=inherited.inherited_count - 1, is_local=True)
    targets.append(Obj(Kind.RELATION, relation.oid, column.number))


def in_partition_key(work: Alteration, relation: Rel, column: PgAttribute) -> bool:
    """Whether the column decides which partition a row goes to."""
    cut: PgPartitionedTable | None = work.run.world.partitioning(relation.oid)
    if cut is None:
        return False
    return column.number in cut.columns or column.name in names_in_list(cut.expressions)
