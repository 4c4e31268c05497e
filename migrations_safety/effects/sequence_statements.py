"""CREATE and ALTER SEQUENCE."""

from __future__ import annotations

import msgspec

from migrations_safety.effects import sequences
from migrations_safety.effects.model import Role
from migrations_safety.effects.run import AS, SRE, Rel, Run
from migrations_safety.effects.sequence_limits import refuse_limits
from migrations_safety.effects.tables import name_is_taken
from migrations_safety.effects.types import refuse_taken_type, resolve
from migrations_safety.effects.world import new_class
from probes.catalog.rows import PgClass, PgDepend, PgSequence
from probes.sql.tree.parts import TypeName, name_parts, range_of
from probes.sql.tree.tables import AlterSequence, CreateSequence


def create_sequence(run: Run, statement: CreateSequence) -> None:
    """Work out CREATE SEQUENCE."""
    named = statement.sequence
    namespace = run.creation_namespace(named)
    if name_is_taken(run, namespace, named.name):
        if statement.if_not_exists:
            return
        run.refuse("42P07", f"relation {named.name} exists")
    refuse_taken_type(run, named.name, namespace)
    row = msgspec.structs.replace(
        new_class(run.world.fresh_oid(), named.name, namespace, "S"),
        persistence=named.persistence,
        owner=run.world.base.server.role_oid,
    )
    type_oid = 0
    for option in statement.options:
        if option.name == "as" and isinstance(option.value, TypeName):
            type_oid = resolve(run, option.value).oid
    limits = sequences.sequence_row(row.oid, type_oid, statement.options)
    refuse_limits(run, limits, statement.options)
    run.world.put(row, limits)
    _owned_by(run, row.oid, row, statement.options)


def alter_sequence(run: Run, statement: AlterSequence) -> None:
    """Work out ALTER SEQUENCE."""
    relation = run.relation(statement.sequence, missing_ok=statement.missing_ok, kind="S")
    if relation is None:
        return
    run.lock(relation, SRE, Role.SEQUENCE)
    if relation.kind != "S":
        run.refuse("42809", f"{relation.name} is not a sequence")
    limits = run.world.one(PgSequence, relation.oid, "relation")
    if limits is not None:
        sequences.change_options(run, limits, statement.options)
        for option in statement.options:
            if option.name == "as" and isinstance(option.value, TypeName):
                sequences.change_type(run, relation.oid, resolve(run, option.value).oid)
        now = run.world.one(PgSequence, relation.oid, "relation") or limits
        refuse_limits(run, now, statement.options)
    _owned_by(run, relation.oid, relation, statement.options)


def _owned_by(run: Run, sequence: int, row: Rel, options: tuple[object, ...]) -> None:
    for option in options:
        value = getattr(option, "value", None)
        if getattr(option, "name", "") != "owned_by" or not isinstance(value, tuple):
            continue
        parts = name_parts(value)
        if any(tie.kind == "i" and tie.catalog == "pg_class" for tie in run.world.where(PgDepend, "object", sequence)):
            run.refuse("0A000", "cannot change ownership of identity sequence")
        if parts == ("none",):
            sequences.disown(run, sequence)
            continue
        *table_parts, column_name = parts
        table = run.relation(range_of(table_parts))
        if table is None:
            continue
        run.lock(table, AS, Role.SOURCE)
        column = run.column(table.oid, column_name)
        if table.kind not in {"r", "p", "f", "v"} and not run.is_assumed(table):
            run.refuse("42809", f"sequence cannot be owned by relation {table.name}")
        if isinstance(row, PgClass) and row.namespace != table.namespace and not run.is_assumed(table):
            run.refuse("55000", "sequence must be in same schema as table it is linked to")
        if column is None:
            run.refuse_if_known(table, "42703", f"column {column_name} does not exist")
            continue
        sequences.own(run, sequence, column, "a")
