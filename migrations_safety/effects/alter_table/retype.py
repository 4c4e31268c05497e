"""ALTER COLUMN TYPE and SET EXPRESSION: what is written anew, rebuilt, checked again, and who else is locked."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from migrations_safety.effects import sequences
from migrations_safety.effects.alter_table.columns import in_partition_key
from migrations_safety.effects.alter_table.nullability import (
    CONSTRAINTS_SINCE,
    column_named,
    refuse_if_row_type_used,
)
from migrations_safety.effects.alter_table.plan import Alteration, ForeignKeyCheck, has_storage
from migrations_safety.effects.coercion import (
    POLYMORPHIC,
    Coercion,
    are_comparable,
    default_opclass,
    is_binary_coercible,
    is_zone_without_offset,
    using_coercion,
)
from migrations_safety.effects.deletion import has_action_triggers
from migrations_safety.effects.dependents import names_in, uses_column
from migrations_safety.effects.inference import type_of
from migrations_safety.effects.model import Conditional, Reason, Role
from migrations_safety.effects.refused_columns import refuse_identity_type
from migrations_safety.effects.run import AE, NO_CATALOG, ROWS, SRE, SUE, Run
from migrations_safety.effects.types import TypeUse, base_type, collation_named, resolve
from migrations_safety.effects.written import parsed
from probes.catalog.expression import Expression, Written, text_of
from probes.catalog.rows import (
    PgAttribute,
    PgClass,
    PgConstraint,
    PgDepend,
    PgIndex,
    PgInherits,
    PgOpclass,
    PgPolicy,
    PgRewrite,
    PgStatisticExt,
    PgTrigger,
    PgType,
)
from probes.sql.expressions import model as m
from probes.sql.expressions.inspection import columns
from probes.sql.tree.parts import ColumnDef
from probes.sql.tree.tables import AlterTableCommand

GENERATED_CODE_SINCE = 15


class _User(NamedTuple):
    """What may mention a column, and cannot follow its new type."""

    phrase: str
    rows: type[PgRewrite | PgPolicy | PgTrigger] | None = None
    """Rows that a dropped one is no longer among; None where the world may not have them all."""


_OLD_TYPE = Conditional(Reason.NO_CATALOG, "the type that the column has now")
_USERS_OF_COLUMNS = {
    "pg_rewrite": _User("by a view or rule", PgRewrite),
    "pg_policy": _User("in a policy definition", PgPolicy),
    "pg_trigger": _User("in a trigger definition", PgTrigger),
    "pg_proc": _User("by a function or procedure"),
}


def prepare(work: Alteration, relation: PgClass, command: AlterTableCommand, *, recursing: bool = False) -> None:
    """Decide for one table whether its rows must be written anew."""
    run = work.run
    definition = command.definition
    if not isinstance(definition, ColumnDef) or definition.type is None:
        return
    if relation.of_type and not recursing:
        run.refuse("42809", "cannot alter column type of typed table")
    column = column_named(run, relation, command.name)
    use = resolve(run, definition.type)
    if definition.collation:
        use = msgspec.structs.replace(use, collation=collation_named(run, definition.collation.names))
    if column is None:
        _retype_assumed(run, relation, command)
        return
    if column.identity:
        refuse_identity_type(run, use.oid)
    _refuse_column(work, relation, column, definition, recursing=recursing)
    _decide_rewrite(work, relation, column, use, definition)
    if relation.kind == "c":
        refuse_if_row_type_used(work, relation)
    if not recursing and work.recurse:
        for child in list(work.tree(relation))[1:]:
            prepare(work, child, command, recursing=True)
    elif not recursing and run.children(relation.oid):
        run.refuse("42P16", f"type of inherited column {column.name} must be changed in child tables too")


def _refuse_column(
    work: Alteration, relation: PgClass, column: PgAttribute, definition: ColumnDef, *, recursing: bool
) -> None:
    """Refuse columns whose type cannot be changed at all.

    Raises:
        Refused: 42P16 or 42611.
    """
    if column.inherited_count > 0 and not recursing:
        work.run.refuse("42P16", f"cannot alter inherited column {column.name}")
    if in_partition_key(work, relation, column):
        work.run.refuse("42P16", f"column {column.name} is part of the partition key")
    if column.generated and definition.default:
        work.run.refuse("42611", "cannot specify USING when altering type of generated column")


def _retype_assumed(run: Run, relation: PgClass, command: AlterTableCommand) -> None:
    why = f"{command.name} gets another type"
    if relation.kind != "c":
        run.rewrite(relation, why, _OLD_TYPE)
        run.scan(relation, why, _OLD_TYPE)
        run.describe(
            f"tables joined to {relation.name} by a foreign key on {command.name}", AE, Role.FOREIGN_KEY_PARTNER
        )
    elif command.cascade:
        run.describe(f"tables of type {relation.name}", AE, Role.TYPE_USER, why)


def _decide_rewrite(
    work: Alteration, relation: PgClass, column: PgAttribute, use: TypeUse, definition: ColumnDef
) -> None:
    run = work.run
    tab = work.tab(relation)
    tab.has_new_values = tab.has_new_values or relation.kind in {"r", "p", "m"}
    if column.generated == "v":
        return
    source = TypeUse(column.type, column.typmod, column.collation)
    why = f"{column.name} gets another type"
    match using_coercion(run, column.name, source, use, definition.default):
        case Coercion.IMPOSSIBLE:
            run.refuse("42804", f"column {column.name} cannot be cast automatically")
        case Coercion.REWRITE:
            if relation.kind != "c":
                work.rewrite(relation, why)
        case Coercion.ZONE if not run.world.settings["timezone"]:
            run.rewrite(relation, f"{why}, and TimeZone may not be UTC", NO_CATALOG)
        case Coercion.ZONE if not is_zone_without_offset(run.world.settings["timezone"]):
            work.rewrite(relation, f"{why}, and TimeZone is not UTC")
        case Coercion.UNKNOWN:
            run.rewrite(relation, why, NO_CATALOG)
        case _:
            pass
    if work.tab(relation).rewrite:
        run.record.may_refuse("22000", f"a value of {column.name} does not fit its new type", ROWS)


# ---- execution


def execute(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """Change the type of one table's column, and remember what must be made again."""
    run = work.run
    definition = command.definition
    column = run.column(relation.oid, command.name or "")
    if not isinstance(definition, ColumnDef) or definition.type is None or column is None:
        return
    use = resolve(run, definition.type)
    if definition.collation:
        use = msgspec.structs.replace(use, collation=collation_named(run, definition.collation.names))
    refuse_dependents(run, relation, column)
    if not use.oid:
        return
    _refuse_key_of_parent(run, relation, column)
    remember(work, relation, column)
    row_type = run.world.one(PgType, use.oid)
    run.change(
        column,
        type=use.oid,
        typmod=use.typmod,
        collation=use.collation,
        dimensions=use.dimensions,
        storage=row_type.storage if row_type else column.storage,
        compression="",
    )
    _follow_opclasses(work, relation, column, use)
    _follow_identity(run, column, use)


def _refuse_key_of_parent(run: Run, relation: PgClass, column: PgAttribute) -> None:
    """From 18 on a primary key is made again before the NOT NULL constraints of children that it needs.

    Raises:
        Refused: 55000.
    """
    is_key = any(index.primary and column.number in index.columns for index in run.indexes(relation.oid))
    if run.major >= CONSTRAINTS_SINCE and is_key and relation.kind == "r" and run.children(relation.oid):
        run.refuse("55000", f"cannot create primary key on column {column.name} before its children are done")


def remember(work: Alteration, relation: PgClass, column: PgAttribute) -> None:
    """Remember indexes and constraints that depend on the column: they are dropped and made again."""
    tab = work.tab(relation)
    tab.retyped[column.number] = True


def refuse_dependents(run: Run, relation: PgClass, column: PgAttribute) -> None:
    """Views, rules, policies, triggers and generated columns hold a column's type fast.

    Raises:
        Refused: 0A000, one of them mentions the column.
    """
    for row in run.world.where(PgDepend, "referenced", relation.oid):
        if row.referenced_column != column.number or row.referenced_catalog != "pg_class":
            continue
        user = _USERS_OF_COLUMNS.get(row.catalog)
        if user is not None and (user.rows is None or run.world.one(user.rows, row.object) is not None):
            run.refuse("0A000", f"column {column.name} is used {user.phrase}")
    for trigger in run.world.where(PgTrigger, "relation", relation.oid):
        if column.number in trigger.columns:
            run.refuse("0A000", f"column {column.name} is used in a trigger definition")
    for other in run.columns(relation.oid):
        default = run.default_of(other) if other.generated else None
        if default is not None and other.number != column.number and column.name in names_in(default.expression):
            code = "0A000" if run.major >= GENERATED_CODE_SINCE else "42601"
            run.refuse(code, f"column {column.name} is used by generated column {other.name}")


def _follow_identity(run: Run, column: PgAttribute, use: TypeUse) -> None:
    """The sequence of an identity column gets the column's type."""
    sequence = sequences.sequence_of(run, column) if column.identity else None
    row = run.world.one(PgClass, sequence) if sequence is not None else None
    if row is not None:
        run.lock(row, SRE, Role.SEQUENCE)
        sequences.change_type(run, row.oid, use.oid)


def _follow_opclasses(work: Alteration, relation: PgClass, column: PgAttribute, use: TypeUse) -> None:
    """Indexes that took the default operator class or the column's collation take the new ones."""
    run = work.run
    for index in run.indexes(relation.oid):
        if column.number not in index.columns[: index.key_count]:
            continue
        classes, collations = list(index.operator_classes), list(index.collations)
        for position, number in enumerate(index.columns[: index.key_count]):
            if number != column.number:
                continue
            old = run.world.one(PgOpclass, classes[position])
            was_default = default_opclass(run, column.type, index.method)
            new = default_opclass(run, use.oid, index.method)
            if old is not None and was_default is not None and old.oid == was_default.oid and new is not None:
                classes[position] = new.oid
            elif old is not None and not is_binary_coercible(run, base_type(run, use).oid, old.input_type):
                run.refuse("42804", f"operator class {old.name} does not accept the data type")
            if collations[position] == column.collation:
                collations[position] = use.collation
        if tuple(classes) != index.operator_classes:
            work.tab(relation).other_operators.add(index.oid)
        changed = tuple(classes) != index.operator_classes or tuple(collations) != index.collations
        polymorphic = any(
            (row := run.world.one(PgOpclass, oid)) is not None and row.input_type in POLYMORPHIC for oid in classes
        )
        if changed or (polymorphic and use.oid != column.type):
            run.change(index, operator_classes=tuple(classes), collations=tuple(collations), ready=False)


# ---- after the pass: everything that depends on a retyped column is dropped and made again


def rebuild(work: Alteration) -> None:
    """Drop and make again what depends on retyped columns (ATPostAlterTypeCleanup)."""
    for tab in list(work.tabs.values()):
        relation = work.run.world.one(PgClass, tab.oid)
        if relation is None or not tab.retyped:
            continue
        numbers, tab.retyped = tab.retyped, {}
        for number in numbers:
            column = next((c for c in work.run.columns(relation.oid) if c.number == number), None)
            if column is not None:
                _rebuild_for(work, relation, column)


def _rebuild_for(work: Alteration, relation: PgClass, column: PgAttribute) -> None:
    run = work.run
    for index in run.indexes(relation.oid):
        if uses_column(index, column.number, column.name):
            _rebuild_index(work, relation, index)
    _check_expressions(run, relation, column)
    for constraint in run.constraints(relation.oid):
        if constraint.kind == "c" and constraint.validated and _mentions(constraint, column):
            work.verify(relation, f"{constraint.name} is checked again")
        elif constraint.kind == "f" and column.number in constraint.columns:
            _rebuild_key(work, constraint, relation)
    for key in run.world.where(PgConstraint, "referenced", relation.oid):
        if column.number in key.referenced_columns:
            _rebuild_key(work, key, relation)
    for statistics in run.world.where(PgStatisticExt, "relation", relation.oid):
        if column.number in statistics.columns:
            run.lock(relation, SUE, Role.TARGET)


def _mentions(constraint: PgConstraint, column: PgAttribute) -> bool:
    return column.number in constraint.columns or column.name in names_in(constraint.expression)


def _check_expressions(run: Run, relation: PgClass, column: PgAttribute) -> None:
    """What is made again is parsed again: functions and operators must take the new type."""
    texts = [row.expression for row in run.constraints(relation.oid) if row.kind == "c"]
    for index in run.indexes(relation.oid):
        texts += [index.predicate, _as_row(index.expressions)]
    for text in texts:
        expression = parsed(text) if text is not None else None
        if expression is not None and column.name in columns(expression):
            for part in expression.elements if isinstance(expression, m.RowOf) else (expression,):
                type_of(run, relation, part)


def _as_row(expressions: Expression | None) -> Expression | None:
    text = text_of(expressions)
    return None if text is None else Written(f"row({text})")


def _rebuild_index(work: Alteration, relation: PgClass, index: PgIndex) -> None:
    run = work.run
    run.lock(index, AE, Role.INDEX)
    tab = work.tab(relation)
    changed = not index.ready
    if changed:
        run.change(index, ready=True)
    if index.kind == "I":
        for link in run.world.where(PgInherits, "parent", index.oid):
            child = run.world.one(PgIndex, link.child)
            if child is not None:
                run.lock(child, AE, Role.INDEX)
        return
    if index.expressions is not None or index.predicate is not None or changed or index.is_partition:
        tab.rebuilt_indexes.add(index.oid)


def _check_still_comparable(work: Alteration, key: PgConstraint) -> None:
    run = work.run
    left = {column.number: column.type for column in run.columns(key.relation)}
    right = {column.number: column.type for column in run.columns(key.referenced)}
    for one, other in zip(key.columns, key.referenced_columns, strict=False):
        if one in left and other in right and not are_comparable(run, left[one], right[other]):
            run.refuse("42804", f"foreign key constraint {key.name} cannot be implemented")


def _rebuild_key(work: Alteration, key: PgConstraint, relation: PgClass) -> None:
    run = work.run
    user, partner = run.world.relation(key.relation), run.world.relation(key.referenced)
    if user is not None:
        run.lock(user, AE, Role.TARGET if user.oid == relation.oid else Role.FOREIGN_KEY_PARTNER)
    if partner is not None:
        mode = AE if has_action_triggers(run, key) else SRE
        run.lock(partner, mode, Role.TARGET if partner.oid == relation.oid else Role.FOREIGN_KEY_PARTNER)
    operators_change = key.index in work.tab(relation).other_operators
    _check_still_comparable(work, key)
    must_check = key.validated and key.enforced and (work.tab(relation).rewrite or operators_change)
    if must_check and not any(check.constraint == key.oid for check in work.checks):
        work.checks.append(ForeignKeyCheck(key.oid))


def set_expression(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """SET EXPRESSION of a generated column (17)."""
    from migrations_safety.effects.columns import put_default  # noqa: PLC0415 - cycle
    from probes.sql.expressions.build import from_source  # noqa: PLC0415 - cycle

    run = work.run
    column = column_named(run, relation, command.name)
    if column is None:
        run.rewrite(relation, f"{command.name} is computed anew", NO_CATALOG)
        run.scan(relation, f"{command.name} is computed anew", NO_CATALOG)
        return
    if not column.generated:
        run.refuse("55000", f"column {column.name} is not a generated column")
    if column.generated == "v" and any(row.kind == "c" for row in run.constraints(relation.oid)):
        run.refuse("0A000", "ALTER TABLE / SET EXPRESSION is not supported for virtual generated columns with checks")
    if column.generated == "s":
        work.rewrite(relation, f"{column.name} is computed anew")
        work.tab(relation).has_new_values = True
        remember(work, relation, column)
    elif column.not_null and has_storage(relation):
        work.verify(relation, f"{column.name} must not be null")
    put_default(run, column, from_source(command.expression))
