"""CREATE TABLE in all its forms."""

from __future__ import annotations

import msgspec

from migrations_safety.effects import sequences
from migrations_safety.effects.alter_table import constraints, foreign_keys
from migrations_safety.effects.alter_table.plan import Alteration
from migrations_safety.effects.columns import (
    ColumnPlan,
    constraints_of,
    plan_column,
    refuse_expression,
    with_default,
)
from migrations_safety.effects.constraining import constraint_row, string_item
from migrations_safety.effects.dependents import names_in
from migrations_safety.effects.model import Role
from migrations_safety.effects.naming import constraint_name
from migrations_safety.effects.options import reloptions
from migrations_safety.effects.refused_expressions import refuse_calls, refuse_condition, refuse_unknown_columns
from migrations_safety.effects.roles import tablespace_oid
from migrations_safety.effects.run import AE, SUE, Run
from migrations_safety.effects.taken_columns import inherit_columns, like, now, typed
from migrations_safety.effects.types import refuse_taken_type
from migrations_safety.effects.world import new_class
from migrations_safety.effects.written import written, written_expression
from probes.catalog.expression import Written
from probes.catalog.rows import (
    ForeignServer,
    PgAttribute,
    PgClass,
    PgInherits,
    PgPartitionedTable,
)
from probes.sql.expressions.build import from_source
from probes.sql.tree.atoms import TableLike
from probes.sql.tree.enums import ConstraintType, PartitionStrategy
from probes.sql.tree.parts import ColumnDef, Constraint
from probes.sql.tree.tables import CreateForeignTable, CreateTable

_STRATEGIES = {PartitionStrategy.LIST: "l", PartitionStrategy.RANGE: "r", PartitionStrategy.HASH: "h"}
_INDEX_KINDS = frozenset({ConstraintType.PRIMARY, ConstraintType.UNIQUE, ConstraintType.EXCLUSION})
_ROWS_OF_THEIR_OWN = _INDEX_KINDS | {ConstraintType.CHECK, ConstraintType.FOREIGN}


def create_table(run: Run, statement: CreateTable, *, kind: str = "") -> None:
    """Work out CREATE TABLE."""
    named = statement.relation
    namespace = run.creation_namespace(named)
    if name_is_taken(run, namespace, named.name):
        if statement.if_not_exists:
            return
        run.refuse("42P07", f"relation {named.name} exists")
    refuse_taken_type(run, named.name, namespace)
    table = msgspec.structs.replace(
        new_class(run.world.fresh_oid(), named.name, namespace, kind or ("p" if statement.partition_by else "r")),
        persistence=named.persistence,
        owner=run.world.base.server.role_oid,
        tablespace=(tablespace_oid(run, statement.tablespace) or 0) if statement.tablespace else 0,
        options=reloptions(statement.options),
        is_partition=statement.bound is not None,
        row_type=run.world.fresh_oid(),
    )
    run.world.put(table)
    parents = _parents(run, table, statement)
    if any(not run.knows_columns(parent) for parent in parents):
        run.world.unresolved.add(table.oid)
    typed(run, table, statement)
    inherit_columns(run, table, parents, is_partition=statement.bound is not None)
    plans = _columns(run, table, statement)
    for plan in plans:
        refuse_expression(run, table, plan)
    _partition_by(run, table, statement)
    _constrain(run, table, statement, plans)
    if statement.bound is not None and parents:
        from migrations_safety.effects.new_partitions import as_partition  # noqa: PLC0415 - few tables are partitions

        as_partition(run, table, parents[0], statement)


def create_foreign_table(run: Run, statement: CreateForeignTable) -> None:
    """Work out CREATE FOREIGN TABLE."""
    create_table(run, statement.base, kind="f")
    table = run.find(statement.base.relation.schema, statement.base.relation.name)
    server = run.world.where(ForeignServer, "name", statement.server)
    if isinstance(table, PgClass) and table.kind == "f" and server:
        run.change(table, foreign_server=server[0].oid)


def name_is_taken(run: Run, namespace: int, name: str) -> bool:
    """Whether the schema has a relation of this name."""
    return namespace != 0 and run.find(run.world.schema_name(namespace), name) is not None


# ---- where columns come from


def _parents(run: Run, table: PgClass, statement: CreateTable) -> list[PgClass]:
    found: list[PgClass] = []
    for position, named in enumerate(statement.inherits, start=1):
        parent = run.relation(named)
        if parent is None:
            continue
        if not isinstance(parent, PgClass):
            run.refuse("42809", f"cannot inherit from index {parent.name}")
        run.lock(parent, AE if statement.bound is not None else SUE, Role.PARENT)
        _check_parent(run, table, parent, is_partition=statement.bound is not None)
        run.world.put(PgInherits(child=table.oid, parent=parent.oid, position=position, detach_pending=False))
        found.append(parent)
    return found


def _check_parent(run: Run, table: PgClass, parent: PgClass, *, is_partition: bool) -> None:
    if run.is_assumed(parent):
        return
    if is_partition and parent.kind != "p":
        run.refuse("42809", f"{parent.name} is not partitioned")
    if not is_partition and parent.kind not in {"r", "f"}:
        run.refuse("42809", f"cannot inherit from {parent.name}")
    if not is_partition and parent.is_partition:
        run.refuse("42809", f"cannot inherit from partition {parent.name}")
    if is_partition and table.persistence != "t" and parent.persistence == "t":
        run.refuse("42809", "cannot create a permanent relation as partition of temporary relation")
    if table.persistence != "t" and parent.persistence == "t":
        run.refuse("42809", "cannot inherit from temporary relation")


def _columns(run: Run, table: PgClass, statement: CreateTable) -> list[ColumnPlan]:
    plans: list[ColumnPlan] = []
    slots = now(run, table).column_slots
    for element in statement.elements:
        if isinstance(element, TableLike):
            _fill_slots(run, table, slots)
            like(run, table, element)
            slots = now(run, table).column_slots
        if not isinstance(element, ColumnDef):
            continue
        plan = plan_column(run, table, element)
        existing = run.column(table.oid, element.name)
        if statement.bound is not None and plan.identity:
            run.refuse("0A000", "identity columns are not supported on partitions")
        if existing is None and statement.bound is not None and run.knows_columns(now(run, table)):
            run.refuse("42703", f"column {element.name} does not exist")
        if existing is None:
            slots += 1
            row = plan.row_at(table.oid, slots)
            run.world.put(row)
        elif not existing.inherited_count and not table.of_type and element.type is not None:
            run.refuse("42701", f"column {element.name} specified more than once")
        else:
            row = _merged(existing, plan, is_local=statement.bound is None)
            run.world.put(row)
        if existing is None or plan.is_explicit:
            with_default(run, row, plan)
        current = run.column(table.oid, element.name) if plan.sequence is not None else None
        if plan.sequence is not None and current is not None:
            sequences.create_for_column(run, table, current, plan.sequence, identity=bool(plan.identity))
        plans.append(plan)
    _fill_slots(run, table, slots)
    return plans


def _merged(existing: PgAttribute, plan: ColumnPlan, *, is_local: bool) -> PgAttribute:
    """A column that a parent or a type has brought, with what the table says of it."""
    return msgspec.structs.replace(
        existing,
        is_local=is_local,
        not_null=existing.not_null or plan.not_null,
        identity=plan.identity or existing.identity,
    )


def _fill_slots(run: Run, table: PgClass, slots: int) -> None:
    current = now(run, table)
    if current.column_slots != slots:
        run.change(current, column_slots=slots)


def _partition_by(run: Run, table: PgClass, statement: CreateTable) -> None:
    spec = statement.partition_by
    if spec is None:
        return
    numbers: list[int] = []
    for element in spec.elements:
        column = run.column(table.oid, element.name) if element.name else None
        if element.name and column is None and run.knows_columns(table):
            run.refuse("42703", f"column {element.name} named in partition key does not exist")
        if column is not None and column.generated:
            run.refuse("42P17", f"cannot use generated column {column.name} in partition key")
        numbers.append(column.number if column else 0)
    texts = [written(element.expression) for element in spec.elements if not element.name]
    joined = ", ".join(text.sql for text in texts if isinstance(text, Written))
    run.world.put(
        PgPartitionedTable(
            relation=table.oid,
            strategy=_STRATEGIES[spec.strategy],
            columns=tuple(numbers),
            operator_classes=(),
            collations=(),
            default_partition=0,
            expressions=Written(joined) if joined else None,
        )
    )


# ---- constraints


def _constrain(run: Run, table: PgClass, statement: CreateTable, plans: list[ColumnPlan]) -> None:
    work = Alteration(run, table.oid, AE, recurse=True)
    own = [(element, None) for element in statement.elements if isinstance(element, Constraint)]
    inline = [
        (msgspec.structs.replace(c, wire_keys=(string_item(plan.name),)) if c.kind in _INDEX_KINDS else c, plan.name)
        for plan in plans
        for c in constraints_of(plan.definition)
        if c.kind in _ROWS_OF_THEIR_OWN
    ]
    for definition, _ in (*own, *inline):
        if definition.kind is ConstraintType.CHECK:
            _check(run, table, definition)
    every = (*inline, *own)
    keys = [definition for definition, _ in every if definition.kind in _INDEX_KINDS]
    for definition in sorted(keys, key=lambda one: one.kind is not ConstraintType.PRIMARY):
        _index(work, table, definition)
    for definition, column in every:
        if definition.kind is ConstraintType.FOREIGN:
            columns = (column,) if column else definition.referencing_columns
            foreign_keys.add(work, now(run, table), definition, columns=columns, validate=False)


def _check(run: Run, table: PgClass, definition: Constraint) -> None:
    understood = from_source(definition.expression)
    refuse_calls(run, understood, "check constraints")
    refuse_unknown_columns(run, table, understood)
    refuse_condition(run, table, understood, "CHECK")
    expression = written_expression(understood)
    names = names_in(expression)
    only = next(iter(names)) if len(names) == 1 else ""
    name = definition.name or constraint_name(run, table.name, only, "check", table.namespace)
    existing = run.constraint(table.oid, name)
    if existing is not None:
        if not existing.inherited_count:
            run.refuse("42710", f"constraint {name} exists")
        run.change(existing, is_local=True)
        return
    run.world.put(
        constraint_row(
            run,
            table,
            name,
            "c",
            columns=tuple(c.number for c in run.columns(table.oid) if c.name in names),
            validated=definition.is_enforced,
            enforced=definition.is_enforced,
            no_inherit=definition.no_inherit,
            expression=expression,
        )
    )


def _index(work: Alteration, table: PgClass, definition: Constraint) -> None:
    run = work.run
    if definition.kind is ConstraintType.PRIMARY:
        for name in definition.keys:
            column = run.column(table.oid, name)
            if column is not None and not column.not_null:
                run.change(column, not_null=True)
    constraints.add_index(work, now(run, table), definition)
