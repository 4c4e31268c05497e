"""CREATE TABLE in all its forms."""

from __future__ import annotations

import msgspec

from migrations_safety.effects import sequences
from migrations_safety.effects.alter_table import constraints, foreign_keys
from migrations_safety.effects.alter_table.attaching import read_unless_proved
from migrations_safety.effects.alter_table.plan import Alteration
from migrations_safety.effects.bounds import (
    bound_text,
    check_bound,
    check_overlap,
    default_constraint,
    partition_constraint,
)
from migrations_safety.effects.columns import (
    ColumnPlan,
    SequencePlan,
    constraints_of,
    plan_column,
    put_default,
    refuse_expression,
    with_default,
)
from migrations_safety.effects.constraining import constraint_row, string_item
from migrations_safety.effects.deletion import TRIGGERS_ON_PARTITIONED_SINCE
from migrations_safety.effects.dependents import names_in
from migrations_safety.effects.indexing import create
from migrations_safety.effects.model import Role
from migrations_safety.effects.naming import constraint_name
from migrations_safety.effects.options import reloptions
from migrations_safety.effects.partition_indexes import plan_like
from migrations_safety.effects.roles import tablespace_oid
from migrations_safety.effects.run import AE, AS, SRE, SUE, Run
from migrations_safety.effects.triggers import clone_triggers
from migrations_safety.effects.types import refuse_taken_type, row_type_of, type_named
from migrations_safety.effects.world import new_class
from migrations_safety.effects.written import parsed, written
from probes.catalog.expression import Written
from probes.catalog.rows import (
    ForeignServer,
    PgAttribute,
    PgClass,
    PgConstraint,
    PgInherits,
    PgPartitionedTable,
)
from probes.sql.tree.atoms import TableLike
from probes.sql.tree.enums import ConstraintType, PartitionStrategy
from probes.sql.tree.parts import ColumnDef, Constraint
from probes.sql.tree.tables import CreateForeignTable, CreateTable

SEQUENCES_WITHOUT_ROW_TYPE_SINCE = 14
WHY_DEFAULT = "rows of the new partition may be in it"
_LIKE_CONSTRAINTS, _LIKE_DEFAULTS, _LIKE_GENERATED, _LIKE_IDENTITY, _LIKE_INDEXES = 4, 8, 16, 32, 64
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
    _typed(run, table, statement)
    _inherit_columns(run, table, parents, is_partition=statement.bound is not None)
    plans = _columns(run, table, statement)
    for plan in plans:
        refuse_expression(run, table, plan)
    _partition_by(run, table, statement)
    _constrain(run, table, statement, plans)
    if statement.bound is not None and parents:
        _as_partition(run, table, parents[0], statement)


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


def now(run: Run, table: PgClass) -> PgClass:
    """The table's row as it is by now."""
    return run.world.one(PgClass, table.oid) or table


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


def _typed(run: Run, table: PgClass, statement: CreateTable) -> None:
    names = statement.of_type.names if statement.of_type else ()
    composite = row_type_of(run, names) if names else None
    if composite is None:
        if names and run.world.knows_all:
            code = "42704" if type_named(run, names) is None else "42809"
            run.refuse(code, f"type {'.'.join(names)} is not a composite type")
        return
    if composite.kind != "c":
        is_type = composite.kind != "S" or run.major < SEQUENCES_WITHOUT_ROW_TYPE_SINCE
        run.refuse("42809" if is_type else "42704", f"type {composite.name} is not a composite type")
    run.lock(composite, AS, Role.SOURCE)
    run.change(now(run, table), of_type=composite.row_type)
    for column in run.columns(composite.oid):
        add_row(run, table, column)


def add_row(run: Run, table: PgClass, column: PgAttribute, **fields: object) -> PgAttribute:
    """A column like another one, at the end of a table."""
    current = now(run, table)
    number = current.column_slots + 1
    plain: dict[str, object] = {"inherited_count": 0, "is_local": True, "acl": None, "options": ()}
    made = msgspec.structs.replace(column, **{**plain, "relation": table.oid, "number": number, **fields})
    run.world.put(made, msgspec.structs.replace(current, column_slots=number))
    return made


def _inherit_columns(run: Run, table: PgClass, parents: list[PgClass], *, is_partition: bool) -> None:
    for parent in parents:
        for column in run.columns(parent.oid):
            own = run.column(table.oid, column.name)
            if own is not None:
                if own.type != column.type:
                    run.refuse("42804", f"inherited column {column.name} has a type conflict")
                run.change(own, inherited_count=own.inherited_count + 1, not_null=own.not_null or column.not_null)
                continue
            keeps_identity = is_partition and run.major >= 17  # noqa: PLR2004 - a major
            made = add_row(
                run,
                table,
                column,
                inherited_count=1,
                is_local=False,
                identity=column.identity if keeps_identity else "",
                has_default=False,
                statistics_target=None,
            )
            default = run.default_of(column)
            expression = parsed(default.expression) if default else None
            if expression is not None:
                put_default(run, made, expression)
        for row in run.constraints(parent.oid):
            if row.kind == "c" and not row.no_inherit:
                _inherit_check(run, table, row)


def _inherit_check(run: Run, table: PgClass, row: PgConstraint) -> None:
    own = run.constraint(table.oid, row.name)
    if own is not None:
        run.change(own, inherited_count=own.inherited_count + 1)
        return
    names = names_in(row.expression)
    run.world.put(
        msgspec.structs.replace(
            row,
            oid=run.world.fresh_oid(),
            relation=table.oid,
            namespace=table.namespace,
            columns=tuple(c.number for c in run.columns(table.oid) if c.name in names),
            inherited_count=1,
            is_local=False,
            validated=row.enforced,
        )
    )


def _columns(run: Run, table: PgClass, statement: CreateTable) -> list[ColumnPlan]:
    plans: list[ColumnPlan] = []
    slots = now(run, table).column_slots
    for element in statement.elements:
        if isinstance(element, TableLike):
            _fill_slots(run, table, slots)
            _like(run, table, element)
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
            is_local = statement.bound is None
            row = msgspec.structs.replace(existing, is_local=is_local, not_null=existing.not_null or plan.not_null)
            run.world.put(row)
        with_default(run, row, plan)
        current = run.column(table.oid, element.name) if plan.sequence is not None else None
        if plan.sequence is not None and current is not None:
            sequences.create_for_column(run, table, current, plan.sequence, identity=bool(plan.identity))
        plans.append(plan)
    _fill_slots(run, table, slots)
    return plans


def _fill_slots(run: Run, table: PgClass, slots: int) -> None:
    current = now(run, table)
    if current.column_slots != slots:
        run.change(current, column_slots=slots)


def _like(run: Run, table: PgClass, element: TableLike) -> None:
    source = run.relation(element.relation)
    if source is None:
        return
    if source.kind not in set("rvmcfp") and not run.is_assumed(source):
        run.refuse("42809", f"{source.name} has no columns to copy")
    if not isinstance(source, PgClass):
        return
    run.lock(source, AS, Role.SOURCE)
    if not run.knows_columns(source):
        run.world.unresolved.add(table.oid)
    bits = element.option_bits
    for column in run.columns(source.oid):
        _copy_column(run, table, column, bits)
    for row in run.constraints(source.oid) if bits & _LIKE_CONSTRAINTS else ():
        if row.kind == "c":
            _copy_check(run, table, row)
    if bits & _LIKE_INDEXES:
        for index in run.indexes(source.oid):
            made_index = create(run, now(run, table), plan_like(run, index, source))
            _index_constraint(run, table, source, index.oid, made_index.oid, made_index.name)


def _copy_column(run: Run, table: PgClass, column: PgAttribute, bits: int) -> None:
    if run.column(table.oid, column.name) is not None:
        run.refuse("42701", f"column {column.name} specified more than once")
    keeps_default = bool(bits & (_LIKE_GENERATED if column.generated else _LIKE_DEFAULTS))
    made = add_row(
        run,
        table,
        column,
        has_default=False,
        identity=column.identity if bits & _LIKE_IDENTITY else "",
        generated=column.generated if bits & _LIKE_GENERATED else "",
        statistics_target=None,
    )
    default = run.default_of(column)
    expression = parsed(default.expression) if default and keeps_default else None
    if expression is not None:
        put_default(run, made, expression)
    if made.identity:
        plan = SequencePlan(column.type)
        sequences.create_for_column(run, table, made, plan, identity=True)


def _copy_check(run: Run, table: PgClass, row: PgConstraint) -> None:
    names = names_in(row.expression)
    run.world.put(
        msgspec.structs.replace(
            row,
            oid=run.world.fresh_oid(),
            relation=table.oid,
            namespace=table.namespace,
            columns=tuple(c.number for c in run.columns(table.oid) if c.name in names),
            inherited_count=0,
            is_local=True,
            validated=row.enforced,
        )
    )


def _index_constraint(run: Run, table: PgClass, source: PgClass, old: int, new: int, name: str) -> None:
    for row in run.world.where(PgConstraint, "index", old):
        if row.kind in {"p", "u", "x"} and row.relation == source.oid:
            names = run.column_names(source.oid, row.columns)
            columns = tuple(c.number for n in names if (c := run.column(table.oid, n)))
            run.world.put(
                msgspec.structs.replace(
                    row,
                    oid=run.world.fresh_oid(),
                    name=name,
                    relation=table.oid,
                    namespace=table.namespace,
                    index=new,
                    columns=columns,
                    parent=0,
                    inherited_count=0,
                    is_local=True,
                )
            )


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
    expression = written(definition.expression)
    names = names_in(expression)
    for name in names:
        if run.column(table.oid, name) is None and run.knows_columns(table) and name not in {"*", "tableoid"}:
            run.refuse("42703", f"column {name} does not exist")
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


# ---- PARTITION OF


def _as_partition(run: Run, table: PgClass, parent: PgClass, statement: CreateTable) -> None:
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
        _index_constraint(run, table, parent, index.oid, made.oid, made.name)
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
