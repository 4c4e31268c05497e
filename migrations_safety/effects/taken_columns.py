"""What a new table takes from others: the columns of a type, of parents, of a table it is like, and what is on them."""

from __future__ import annotations

import msgspec

from migrations_safety.effects import sequences
from migrations_safety.effects.columns import (
    SequencePlan,
    put_default,
)
from migrations_safety.effects.dependents import names_in
from migrations_safety.effects.indexing import create
from migrations_safety.effects.model import Role
from migrations_safety.effects.run import AS, Run
from migrations_safety.effects.types import SEQUENCES_WITHOUT_ROW_TYPE_SINCE, row_type_of, type_named
from migrations_safety.effects.written import parsed
from probes.catalog.rows import (
    PgAttribute,
    PgClass,
    PgConstraint,
    PgSequence,
)
from probes.sql.tree.atoms import TableLike
from probes.sql.tree.tables import CreateTable

_INT8 = 20
_LIKE_CONSTRAINTS, _LIKE_DEFAULTS, _LIKE_GENERATED, _LIKE_IDENTITY, _LIKE_INDEXES = 4, 8, 16, 32, 64


def now(run: Run, table: PgClass) -> PgClass:
    """The table's row as it is by now."""
    return run.world.one(PgClass, table.oid) or table


def typed(run: Run, table: PgClass, statement: CreateTable) -> None:
    """The columns of the composite type behind OF."""
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


def inherit_columns(run: Run, table: PgClass, parents: list[PgClass], *, is_partition: bool) -> None:
    """The columns and CHECKs of the parents, merged with each other."""
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
    else:
        _copy_check(run, table, row, inherited_count=1)


def like(run: Run, table: PgClass, element: TableLike) -> None:
    """LIKE, with what its options include."""
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
            _copy_check(run, table, row, inherited_count=0)
    if bits & _LIKE_INDEXES:
        from migrations_safety.effects.partition_indexes import plan_like  # noqa: PLC0415 - few tables are like others

        for index in run.indexes(source.oid):
            made_index = create(run, now(run, table), plan_like(run, index, source))
            index_constraint(run, table, source, index.oid, made_index.oid, made_index.name)


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
        _copy_sequence(run, table, column, made)


def _copy_sequence(run: Run, table: PgClass, column: PgAttribute, made: PgAttribute) -> None:
    """The sequence of a copied identity has the limits of the other, and is bigint whatever that was."""
    plan = SequencePlan(column.type)
    oid, _ = sequences.create_for_column(run, table, made, plan, identity=True)
    other = run.world.one(PgSequence, sequences.sequence_of(run, column) or 0, "relation")
    if other is not None:
        run.world.put(msgspec.structs.replace(other, relation=oid, type=_INT8))


def _copy_check(run: Run, table: PgClass, row: PgConstraint, *, inherited_count: int) -> None:
    names = names_in(row.expression)
    run.world.put(
        msgspec.structs.replace(
            row,
            oid=run.world.fresh_oid(),
            relation=table.oid,
            namespace=table.namespace,
            columns=tuple(c.number for c in run.columns(table.oid) if c.name in names),
            inherited_count=inherited_count,
            is_local=not inherited_count,
            validated=row.enforced,
        )
    )


def index_constraint(run: Run, table: PgClass, source: PgClass, old: int, new: int, name: str) -> None:
    """The constraint on an index of another table, for the index that was made like it."""
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
