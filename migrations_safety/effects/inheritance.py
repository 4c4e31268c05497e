"""Tying a table to a parent and untying it: columns and constraints that merge (MergeAttributesIntoExisting)."""

from __future__ import annotations

from migrations_safety.effects.comparison import same_expression
from migrations_safety.effects.run import Run
from probes.catalog.rows import PgClass, PgInherits


def link_inheritance(run: Run, parent: PgClass, child: PgClass, *, as_partition: bool) -> None:
    """Make a table the child of another.

    Raises:
        Refused: 42804, it lacks a column, a NOT NULL mark or a CHECK constraint of the parent.
    """
    _merge_columns(run, parent, child, as_partition=as_partition)
    _merge_checks(run, parent, child, as_partition=as_partition)
    position = len(run.parents(child.oid)) + 1
    run.world.put(PgInherits(child=child.oid, parent=parent.oid, position=position, detach_pending=False))


def _merge_columns(run: Run, parent: PgClass, child: PgClass, *, as_partition: bool) -> None:
    for column in run.columns(parent.oid):
        own = run.column(child.oid, column.name)
        if own is None:
            run.refuse("42804", f"child table is missing column {column.name}")
        if (own.type, own.typmod) != (column.type, column.typmod):
            run.refuse("42804", f"child table has different type for column {column.name}")
        if own.collation != column.collation:
            run.refuse("42P21", f"child table has different collation for column {column.name}")
        if column.not_null and not own.not_null and not _not_inherited(run, parent, column.number):
            run.refuse("42804", f"column {column.name} in child table must be marked NOT NULL")
        if bool(column.generated) != bool(own.generated):
            run.refuse("42804", f"column {column.name} in child table must be a generated column")
        is_local = False if as_partition else own.is_local
        run.change(own, inherited_count=own.inherited_count + 1, is_local=is_local)


def _not_inherited(run: Run, parent: PgClass, number: int) -> bool:
    return any(row.kind == "n" and number in row.columns and row.no_inherit for row in run.constraints(parent.oid))


def _merge_checks(run: Run, parent: PgClass, child: PgClass, *, as_partition: bool) -> None:
    for row in run.constraints(parent.oid):
        if row.kind != "c" or row.no_inherit:
            continue
        own = run.constraint(child.oid, row.name)
        if own is None or own.kind != "c":
            run.refuse("42804", f"child table is missing constraint {row.name}")
        if not same_expression(own.expression, row.expression):
            run.refuse("42804", f"child table has different definition for check constraint {row.name}")
        if own.no_inherit:
            run.refuse("55000", f"constraint {row.name} conflicts with non-inherited constraint on child table")
        if row.validated and not own.validated:
            run.refuse("55000", f"constraint {row.name} conflicts with NOT VALID constraint on child table")
        is_local = False if as_partition else own.is_local
        run.change(own, inherited_count=own.inherited_count + 1, is_local=is_local)


def unlink_inheritance(run: Run, parent: PgClass, child: PgClass) -> None:
    """Make a table no longer the child of another.

    Raises:
        Refused: 42P01, it is not one.
    """
    links = [link for link in run.world.where(PgInherits, "child", child.oid) if link.parent == parent.oid]
    if not links:
        run.refuse_if_known(parent, "42P01", f"{parent.name} is not a parent of {child.name}")
    run.world.remove(*links)
    for column in run.columns(parent.oid):
        own = run.column(child.oid, column.name)
        if own is not None and own.inherited_count > 0:
            count = own.inherited_count - 1
            run.change(own, inherited_count=count, is_local=own.is_local or count == 0)
    names = {row.name for row in run.constraints(parent.oid) if row.kind == "c"}
    for own_check in run.constraints(child.oid):
        if own_check.kind == "c" and own_check.name in names and own_check.inherited_count > 0:
            count = own_check.inherited_count - 1
            run.change(own_check, inherited_count=count, is_local=own_check.is_local or count == 0)
