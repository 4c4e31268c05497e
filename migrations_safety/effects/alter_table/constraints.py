"""ADD, DROP, VALIDATE and ALTER CONSTRAINT."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.alter_table import foreign_keys, nullability
from migrations_safety.effects.alter_table.plan import Alteration, Pass
from migrations_safety.effects.columns import ColumnPlan, constraints_of
from migrations_safety.effects.comparison import same_expression
from migrations_safety.effects.constraining import constraint_row, index_plan, string_item
from migrations_safety.effects.deletion import drop
from migrations_safety.effects.dependents import Kind, Obj
from migrations_safety.effects.indexing import check_partition_key, create
from migrations_safety.effects.model import Role
from migrations_safety.effects.naming import constraint_name
from migrations_safety.effects.refused_expressions import refuse_calls, refuse_condition, refuse_unknown_columns
from migrations_safety.effects.run import AE, AS, NO_CATALOG, ROWS, SHARE, SRE, SUE, Run
from migrations_safety.effects.written import written_expression
from probes.catalog.expression import Written
from probes.catalog.rows import PgAttribute, PgClass, PgConstraint, PgIndex, PgInherits
from probes.sql.expressions.build import from_source
from probes.sql.expressions.inspection import columns
from probes.sql.tree.atoms import AlteredConstraint
from probes.sql.tree.enums import ConstraintType
from probes.sql.tree.parts import ColumnDef, Constraint
from probes.sql.tree.tables import AlterTableCommand

_INDEX_KINDS = frozenset({ConstraintType.PRIMARY, ConstraintType.UNIQUE, ConstraintType.EXCLUSION})
CHILDREN_LOCKED_SINCE = 18
"""The major in which ADD CONSTRAINT locks children whatever the constraint is."""
EXCLUSION_ON_PARTITIONED_SINCE = 17
ONLY_ON_PARTITIONED_SINCE = 18
PARTITION_LOCK_SINCE = 18
"""The major in which ADD UNIQUE and ADD PRIMARY KEY lock partitions as strongly as the partitioned table."""


def add_column_constraints(work: Alteration, relation: PgClass, definition: ColumnDef, plan: ColumnPlan) -> None:
    """Queue the constraints written with a new column."""
    for constraint in constraints_of(definition):
        _queue_column_constraint(work, relation, constraint, plan)


def _queue_column_constraint(work: Alteration, relation: PgClass, constraint: Constraint, plan: ColumnPlan) -> None:
    if constraint.kind is ConstraintType.CHECK:
        work.at(Pass.ADD_CONSTRAINT, lambda: add_check(work, _now(work, relation), constraint))
    elif constraint.kind in _INDEX_KINDS:
        named = msgspec.structs.replace(constraint, wire_keys=(string_item(plan.name),))
        work.at(Pass.ADD_INDEX, lambda: add_index(work, _now(work, relation), named))
    elif constraint.kind is ConstraintType.FOREIGN:
        has_value = plan.has_value and not _is_null_default(plan)
        work.at(
            Pass.ADD_OTHER_CONSTRAINT,
            lambda: foreign_keys.add(work, _now(work, relation), constraint, columns=(plan.name,), validate=has_value),
        )


def _is_null_default(plan: ColumnPlan) -> bool:
    return plan.default is None and not plan.identity and not plan.generated


def _now(work: Alteration, relation: PgClass) -> PgClass:
    return work.run.world.one(PgClass, relation.oid) or relation


def add_constraint(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """Queue ADD CONSTRAINT."""
    definition = command.definition
    if not isinstance(definition, Constraint):
        return
    if relation.kind == "f" and definition.kind in {*_INDEX_KINDS, ConstraintType.FOREIGN}:
        work.run.refuse("0A000", f"{definition.kind.name.lower()} constraints are not supported on foreign tables")
    if work.run.major >= CHILDREN_LOCKED_SINCE:
        list(work.tree(relation))
    if definition.index_name:
        work.at(Pass.ADD_INDEX, lambda: add_index_constraint(work, _now(work, relation), definition))
        if definition.kind is ConstraintType.PRIMARY:
            work.at(Pass.COLUMN_ATTRIBUTES, lambda: _keys_of_index_not_null(work, _now(work, relation), definition))
    elif definition.kind in _INDEX_KINDS:
        if definition.kind is ConstraintType.PRIMARY:
            work.at(Pass.COLUMN_ATTRIBUTES, lambda: _keys_not_null(work, _now(work, relation), definition.keys))
        work.at(Pass.ADD_INDEX, lambda: add_index(work, _now(work, relation), definition))
    elif definition.kind is ConstraintType.FOREIGN:
        work.at(
            Pass.ADD_OTHER_CONSTRAINT,
            lambda: foreign_keys.add(
                work,
                _now(work, relation),
                definition,
                columns=definition.referencing_columns,
                validate=not definition.skip_validation,
            ),
        )
    elif definition.kind is ConstraintType.NOTNULL:
        work.at(Pass.COLUMN_ATTRIBUTES, lambda: _add_not_null(work, _now(work, relation), definition))
    else:
        work.at(Pass.ADD_CONSTRAINT, lambda: add_check(work, _now(work, relation), definition))


# ---- CHECK


def add_check(work: Alteration, relation: PgClass, definition: Constraint) -> None:
    """ADD CHECK on a table and its children."""
    run = work.run
    understood = from_source(definition.expression)
    refuse_calls(run, understood, "check constraints")
    expression = written_expression(understood)
    names = sorted(columns(understood)) if isinstance(expression, Written) else []
    refuse_unknown_columns(run, relation, understood)
    refuse_condition(run, relation, understood, "CHECK")
    if definition.no_inherit and relation.kind == "p":
        run.refuse("42P16", "cannot add NO INHERIT constraint to partitioned table")
    only = names[0] if len(names) == 1 else ""
    name = definition.name or constraint_name(run, relation.name, only, "check", relation.namespace)
    row = constraint_row(
        run,
        relation,
        name,
        "c",
        columns=tuple(c.number for c in run.columns(relation.oid) if c.name in names),
        validated=not definition.skip_validation and definition.is_enforced,
        enforced=definition.is_enforced,
        no_inherit=definition.no_inherit,
        expression=expression,
    )
    _put_check(work, relation, row, frozenset(names), inherited=False)


def _put_check(
    work: Alteration, relation: PgClass, row: PgConstraint, names: frozenset[str], *, inherited: bool
) -> None:
    run = work.run
    existing = run.constraint(relation.oid, row.name)
    if existing is not None:
        if not inherited or not same_expression(existing.expression, row.expression):
            run.refuse("42710", f"constraint {row.name} exists")
        if existing.no_inherit:
            run.refuse("42P16", f"constraint {row.name} conflicts with a non-inherited one")
        run.change(existing, inherited_count=existing.inherited_count + 1)
        return
    numbers = tuple(c.number for c in run.columns(relation.oid) if c.name in names)
    run.world.put(
        msgspec.structs.replace(
            row,
            oid=run.world.fresh_oid(),
            relation=relation.oid,
            columns=numbers,
            inherited_count=1 if inherited else 0,
            is_local=not inherited,
        )
    )
    if row.validated:
        work.verify(relation, f"rows are checked for {row.name}")
        run.record.may_refuse("23514", f"a row violates {row.name}", ROWS)
    if row.no_inherit:
        return
    if not work.recurse and run.children(relation.oid):
        run.refuse("42P16", "constraint must be added to child tables too")
    for child in work.children(relation):
        _put_check(work, child, row, names, inherited=True)


def _add_not_null(work: Alteration, relation: PgClass, definition: Constraint) -> None:
    """ADD NOT NULL as a constraint (18)."""
    run = work.run
    if definition.no_inherit and relation.kind == "p":
        run.refuse("0A000", "not-null constraints on partitioned tables cannot be NO INHERIT")
    for name in definition.keys:
        column = nullability.column_named(run, relation, name)
        if column is None:
            if not definition.skip_validation:
                run.scan(relation, f"{name} must not be null", NO_CATALOG)
            continue
        if column.not_null:
            _refuse_second(work, relation, column, definition)
            return
        if definition.skip_validation:
            run.change(column, not_null=True)
            label = definition.name or constraint_name(run, relation.name, name, "not_null", relation.namespace)
            run.world.put(constraint_row(run, relation, label, "n", columns=(column.number,), validated=False))
        else:
            nullability.mark_not_null(work, relation, column)
        if work.recurse and not definition.no_inherit:
            for child in work.children(relation):
                _add_not_null(work, child, definition)


def _refuse_second(work: Alteration, relation: PgClass, column: PgAttribute, definition: Constraint) -> None:
    """A column has one NOT NULL constraint; naming another one is refused."""
    if relation.oid != work.target or definition.name is None:
        return
    existing = nullability.constraint_of(work.run, relation, column)
    if existing is None or existing.name != definition.name:
        work.run.refuse("55000", f"column {column.name} already has a not-null constraint")


# ---- PRIMARY KEY, UNIQUE, EXCLUDE


def add_index(work: Alteration, relation: PgClass, definition: Constraint) -> None:
    """ADD PRIMARY KEY, UNIQUE or EXCLUDE."""
    run = work.run
    plan = index_plan(run, relation, definition)
    if plan.primary and any(index.primary for index in run.indexes(relation.oid)):
        run.refuse("42P16", "multiple primary keys are not allowed")
    if relation.kind == "p":
        if plan.exclusion and run.major < EXCLUSION_ON_PARTITIONED_SINCE:
            run.refuse("0A000", "exclusion constraints are not supported on partitioned tables")
        check_partition_key(run, relation, plan)
    mode = AE if run.major >= PARTITION_LOCK_SINCE else SHARE
    if definition.deferrable and mode is SHARE:
        mode = SRE
    index = create(run, relation, plan, child_mode=mode, recurse=work.recurse)
    kind = {"pkey": "p", "key": "u", "excl": "x"}[plan.label]
    _put_index_constraints(run, relation, index, kind, definition, parent=0)
    if plan.unique:
        run.record.may_refuse("23505", "a key is duplicated", ROWS)


def _put_index_constraints(
    run: Run, relation: PgClass, index: PgIndex, kind: str, definition: Constraint, parent: int
) -> None:
    row = constraint_row(
        run,
        relation,
        index.name,
        kind,
        columns=index.columns[: index.key_count],
        index=index.oid,
        parent=parent,
        deferrable=definition.deferrable,
        initially_deferred=definition.initially_deferred,
        no_inherit=relation.kind != "p" and parent == 0,
    )
    run.world.put(row)
    for link in run.world.where(PgInherits, "parent", index.oid):
        child = run.world.one(PgIndex, link.child)
        table = run.world.one(PgClass, child.relation) if child else None
        if child is None or table is None:
            continue
        if not any(c.kind == kind for c in run.world.where(PgConstraint, "index", child.oid)):
            _put_index_constraints(run, table, child, kind, definition, row.oid)


def _keys_not_null(work: Alteration, relation: PgClass, keys: tuple[str, ...]) -> None:
    """A primary key makes its columns NOT NULL, in children too."""
    run = work.run
    is_done_below = _is_not_null_below(run, relation, keys)
    for name in keys:
        column = nullability.column_named(run, relation, name)
        if column is None:
            nullability.set_not_null(work, relation, AlterTableCommand(kind=_SET_NOT_NULL, name=name))
            continue
        existing = nullability.constraint_of(run, relation, column)
        if existing is not None and not existing.validated:
            run.refuse("55000", f"cannot create primary key on column {name}: its not-null constraint is not valid")
        nullability.mark_not_null(work, relation, column)
    if work.recurse and not is_done_below:
        for child in work.children(relation):
            _keys_not_null(work, child, keys)


def _is_not_null_below(run: Run, relation: PgClass, keys: tuple[str, ...]) -> bool:
    """Whether the columns are NOT NULL in all partitions, which are then left alone (ATPrepSetNotNull)."""
    if relation.kind != "p" or run.major >= CHILDREN_LOCKED_SINCE:
        return False
    columns = [nullability.column_named(run, relation, name) for name in keys]
    return all(column is not None and column.not_null for column in columns)


def _keys_of_index_not_null(work: Alteration, relation: PgClass, definition: Constraint) -> None:
    index = _index_named(work.run, relation, definition.index_name or "")
    if index is not None:
        _keys_not_null(work, relation, tuple(work.run.column_names(relation.oid, index.columns[: index.key_count])))
    elif work.run.is_assumed(relation):
        work.run.record.scan(work.run.ref(relation), "columns of the primary key must not be null", NO_CATALOG)


def _index_named(run: Run, relation: PgClass, name: str) -> PgIndex | None:
    found = run.find(run.world.schema_name(relation.namespace) if relation.namespace else None, name)
    return found if isinstance(found, PgIndex) else None


def add_index_constraint(work: Alteration, relation: PgClass, definition: Constraint) -> None:
    """ADD PRIMARY KEY or UNIQUE USING INDEX."""
    run = work.run
    if relation.kind == "p":
        run.refuse("0A000", "ADD CONSTRAINT USING INDEX is not supported on partitioned tables")
    index = _index_named(run, relation, definition.index_name or "")
    if index is None:
        run.refuse_if_known(relation, "42704", f"index {definition.index_name} does not exist")
        return
    primary = definition.kind is ConstraintType.PRIMARY
    if not index.unique or index.expressions or index.predicate or index.method != "btree" or not index.valid:
        run.refuse("42809", f"{index.name} cannot be the index of a constraint")
    if any(row.kind in {"p", "u", "x"} for row in run.world.where(PgConstraint, "index", index.oid)):
        run.refuse("55000", f"index {index.name} is already associated with a constraint")
    if primary and any(other.primary for other in run.indexes(relation.oid)):
        run.refuse("42P16", "multiple primary keys are not allowed")
    run.lock(index, SUE if definition.name and definition.name != index.name else AS, Role.INDEX)
    renamed = msgspec.structs.replace(
        index, name=definition.name or index.name, primary=primary, immediate=not definition.deferrable
    )
    run.world.put(renamed)
    _put_index_constraints(run, relation, renamed, "p" if primary else "u", definition, parent=0)


# ---- DROP, VALIDATE, ALTER


def drop_constraint(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """DROP CONSTRAINT."""
    run = work.run
    if relation.kind == "p":
        list(work.tree(relation))
    row = run.constraint(relation.oid, command.name or "")
    unlisted = nullability.column_of_unlisted(run, relation, command.name or "") if row is None else None
    if unlisted is not None:
        nullability.drop_not_null(work, relation, msgspec.structs.replace(command, name=unlisted.name))
        return
    if row is None:
        if command.missing_ok or run.is_assumed(relation):
            return
        run.refuse("42704", f"constraint {command.name} does not exist")
    if row.inherited_count > 0 or row.parent:
        run.refuse("42P16", f"cannot drop inherited constraint {row.name}")
    partner = run.world.relation(row.referenced) if row.kind == "f" else None
    if partner is not None:
        run.lock(partner, work.mode, Role.FOREIGN_KEY_PARTNER)
    drop(run, [Obj(Kind.CONSTRAINT, row.oid)], cascade=command.cascade)
    if row.kind in {"c", "n"} and not row.no_inherit:
        _drop_in_children(work, relation, row.name)
    elif row.kind not in {"c", "n"} and relation.kind != "p" and not row.no_inherit:
        work.children(relation)


def _drop_in_children(work: Alteration, relation: PgClass, name: str) -> None:
    run = work.run
    children = work.children(relation)
    if children and not work.recurse and relation.kind == "p" and run.major < ONLY_ON_PARTITIONED_SINCE:
        run.refuse("42P16", "cannot remove constraint from only the partitioned table")
    for child in children:
        row = run.constraint(child.oid, name)
        if row is None:
            continue
        if work.recurse and row.inherited_count == 1 and not row.is_local:
            drop(run, [Obj(Kind.CONSTRAINT, row.oid)], cascade=False, internal=True)
            _drop_in_children(work, child, name)
        else:
            is_local = row.is_local or not work.recurse
            run.change(row, inherited_count=row.inherited_count - 1, is_local=is_local)


def validate_constraint(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """VALIDATE CONSTRAINT."""
    run = work.run
    row = run.constraint(relation.oid, command.name or "")
    if row is None:
        if run.is_assumed(relation):
            run.scan(relation, f"rows are checked for {command.name}", NO_CATALOG)
            return
        run.refuse("42704", f"constraint {command.name} does not exist")
    if row.kind not in {"c", "f", "n"}:
        run.refuse("42809", f"constraint {row.name} is not a foreign key or check constraint")
    if not row.enforced:
        run.refuse("55000", "cannot validate NOT ENFORCED constraint")
    if row.validated:
        return
    if row.kind == "f":
        foreign_keys.validate(work, relation, row)
        return
    _validate_check(work, relation, row)


def _validate_check(work: Alteration, relation: PgClass, row: PgConstraint) -> None:
    run = work.run
    if not row.validated:
        run.change(row, validated=True)
        work.verify(relation, f"rows are checked for {row.name}")
        run.record.may_refuse("23514" if row.kind == "c" else "23502", f"a row violates {row.name}", ROWS)
    if row.no_inherit:
        return
    children = work.children(relation)
    if children and not work.recurse:
        run.refuse("42P16", "constraint must be validated on child tables too")
    for child in children:
        copy = run.constraint(child.oid, row.name)
        if copy is not None and not copy.validated:
            _validate_check(work, child, copy)


def alter_constraint(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """ALTER CONSTRAINT."""
    definition = command.definition
    run = work.run
    name = definition.name if isinstance(definition, (AlteredConstraint, Constraint)) else ""
    row = run.constraint(relation.oid, name or "")
    if row is None:
        run.refuse_if_known(relation, "42704", f"constraint {name} does not exist")
        if isinstance(definition, AlteredConstraint) and definition.alters_enforceability and definition.is_enforced:
            run.scan(relation, f"foreign key {name} is validated", NO_CATALOG)
            run.describe(f"the table that {name} references", SRE, Role.FOREIGN_KEY_PARTNER, "the key is validated")
        return
    foreign_keys.alter(work, relation, row, definition)


_SET_NOT_NULL = nullability.SET_NOT_NULL
