"""GENERATED AS IDENTITY on columns that are there: ADD, SET, DROP."""

from __future__ import annotations

from migrations_safety.effects import sequences
from migrations_safety.effects.alter_table.nullability import column_named
from migrations_safety.effects.alter_table.plan import Alteration
from migrations_safety.effects.columns import SequencePlan
from migrations_safety.effects.deletion import drop
from migrations_safety.effects.dependents import Kind, Obj
from migrations_safety.effects.model import Role
from migrations_safety.effects.options import options_of
from migrations_safety.effects.refused_columns import refuse_identity
from migrations_safety.effects.run import SRE, Run
from migrations_safety.effects.sequence_limits import refuse_limits
from probes.catalog.rows import PgAttribute, PgClass, PgSequence
from probes.sql.tree.enums import AlterTableType as A
from probes.sql.tree.parts import Constraint, DefElem
from probes.sql.tree.tables import AlterTableCommand


def identity(work: Alteration, relation: PgClass, command: AlterTableCommand) -> None:
    """ADD GENERATED, SET GENERATED or sequence options, DROP IDENTITY."""
    run = work.run
    column = column_named(run, relation, command.name)
    if column is None:
        return
    if relation.is_partition and run.major >= 17:  # noqa: PLR2004 - a major
        run.refuse("42P16", "cannot alter identity of a partition")
    match command.kind:
        case A.ADD_IDENTITY:
            _add_identity(run, relation, column, command)
        case A.SET_IDENTITY:
            _set_identity(run, column, command)
        case _:
            _drop_identity(run, column, missing_ok=command.missing_ok)
    now = run.column(relation.oid, column.name)
    is_changed = command.kind is A.SET_IDENTITY or (now is not None and now.identity != column.identity)
    if relation.kind == "p" and run.major >= 17 and is_changed:  # noqa: PLR2004 - a major
        _copy_identity(work, relation, column)


def _copy_identity(work: Alteration, relation: PgClass, column: PgAttribute) -> None:
    """Partitions share the identity of their table (17)."""
    run = work.run
    now = run.column(relation.oid, column.name)
    children = work.children(relation) if work.recurse else []
    if not work.recurse and run.children(relation.oid):
        run.refuse("42P16", "cannot change identity of only the partitioned table")
    for child in children:
        own = run.column(child.oid, column.name)
        if own is not None and now is not None:
            run.change(own, identity=now.identity)
            _copy_identity(work, child, own)


def _add_identity(run: Run, relation: PgClass, column: PgAttribute, command: AlterTableCommand) -> None:
    if column.identity:
        run.refuse("55000", f"column {column.name} is already an identity column")
    definition = command.definition
    refuse_identity(run, column.type, definition.options if isinstance(definition, Constraint) else ())
    if not column.not_null:
        run.refuse("55000", f"column {column.name} must be declared NOT NULL before identity can be added")
    if column.has_default:
        run.refuse("55000", f"column {column.name} already has a default value")
    kind = "d"
    options: tuple[DefElem, ...] = ()
    if isinstance(definition, Constraint):
        kind, options = definition.generated_when or "d", definition.options
    run.change(column, identity=kind)
    plan = SequencePlan(column.type, options)
    sequences.create_for_column(run, relation, column, plan, identity=True)


def _set_identity(run: Run, column: PgAttribute, command: AlterTableCommand) -> None:
    if not column.identity:
        run.refuse("55000", f"column {column.name} is not an identity column")
    options = [one for one in options_of(command) if one.name != "generated"]
    for option in options_of(command):
        if option.name == "generated" and isinstance(option.value, (str, int)):
            kind = chr(option.value) if isinstance(option.value, int) else option.value
            run.change(column, identity=kind)
    sequence = sequences.sequence_of(run, column)
    row = run.world.one(PgClass, sequence) if sequence is not None else None
    limits = run.world.one(PgSequence, sequence, "relation") if sequence is not None else None
    if row is not None:
        run.lock(row, SRE, Role.SEQUENCE)
    if limits is not None and options:
        sequences.change_options(run, limits, tuple(options))
        refuse_limits(run, run.world.one(PgSequence, limits.relation, "relation") or limits, tuple(options))


def _drop_identity(run: Run, column: PgAttribute, *, missing_ok: bool) -> None:
    if not column.identity:
        if missing_ok:
            return
        run.refuse("55000", f"column {column.name} is not an identity column")
    run.change(column, identity="")
    sequence = sequences.sequence_of(run, column)
    if sequence is not None:
        drop(run, [Obj(Kind.RELATION, sequence)], cascade=False, internal=True)
