"""Foreign keys: adding, validating, altering; both tables, and partitions on both sides."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from migrations_safety.effects.alter_table.plan import Alteration, ForeignKeyCheck
from migrations_safety.effects.coercion import are_comparable
from migrations_safety.effects.constraining import constraint_row
from migrations_safety.effects.deletion import has_action_triggers
from migrations_safety.effects.model import Role
from migrations_safety.effects.naming import columns_addition, constraint_name
from migrations_safety.effects.planning import plan_access
from migrations_safety.effects.run import AE, AS, ROWS, RS, SRE, Refused, Rel, Run
from probes.catalog.rows import PgClass, PgConstraint, PgIndex
from probes.sql.tree.atoms import AlteredConstraint
from probes.sql.tree.parts import Constraint

NOT_VALID_ON_PARTITIONED_SINCE = 18


def add(work: Alteration, relation: PgClass, definition: Constraint, *, columns: Sequence[str], validate: bool) -> None:
    """ADD FOREIGN KEY."""
    run = work.run
    if definition.referenced is None:
        return
    referenced = run.relation(definition.referenced)
    if referenced is None:
        return
    run.lock(referenced, SRE, Role.FOREIGN_KEY_PARTNER)
    _check_tables(work, relation, referenced, definition)
    own = _numbers(run, relation, columns)
    theirs, index = referenced_key(run, referenced, definition.referenced_columns)
    if index is not None and len(theirs) != len(own):
        run.refuse("42830", "number of referencing and referenced columns differs")
    _check_types(run, relation, referenced, own, theirs)
    name = definition.name or constraint_name(
        run, relation.name, columns_addition(list(columns)), "fkey", relation.namespace
    )
    if run.constraint(relation.oid, name) is not None:
        run.refuse("42710", f"constraint {name} exists")
    row = key_row(run, relation, referenced, definition, name, own, theirs, index)
    run.world.put(row)
    is_checked = validate and definition.is_enforced and not definition.skip_validation
    _copy_to_referenced_partitions(work, row, referenced)
    _copy_to_partitions(work, row, relation, referenced)
    if is_checked:
        work.checks.append(ForeignKeyCheck(row.oid))


def key_row(
    run: Run,
    relation: PgClass,
    referenced: Rel,
    definition: Constraint,
    name: str,
    own: tuple[int, ...],
    theirs: tuple[int, ...],
    index: int | None,
) -> PgConstraint:
    """The constraint's row."""
    return constraint_row(
        run,
        relation,
        name,
        "f",
        columns=own,
        index=index or 0,
        referenced=referenced.oid,
        referenced_columns=theirs,
        on_update=definition.on_update or "a",
        on_delete=definition.on_delete or "a",
        match=definition.match_type or "s",
        deferrable=definition.deferrable,
        initially_deferred=definition.initially_deferred,
        validated=not definition.skip_validation and definition.is_enforced,
        enforced=definition.is_enforced,
        no_inherit=relation.kind != "p",
        on_delete_columns=_numbers(run, relation, definition.set_columns),
    )


def _check_tables(work: Alteration, relation: PgClass, referenced: Rel, definition: Constraint) -> None:
    run = work.run
    if referenced.kind not in {"r", "p"} and not run.is_assumed(referenced):
        run.refuse("42809", f"referenced relation {referenced.name} is not a table")
    if run.is_assumed(relation) or run.is_assumed(referenced) or not isinstance(referenced, PgClass):
        return
    if relation.kind == "p" and not work.recurse:
        run.refuse("42809", "cannot use ONLY for foreign key on partitioned table")
    too_early = run.major < NOT_VALID_ON_PARTITIONED_SINCE
    if relation.kind == "p" and definition.skip_validation and definition.is_enforced and too_early:
        run.refuse("42809", "cannot add NOT VALID foreign key on partitioned table")
    if (relation.persistence == "t") != (referenced.persistence == "t"):
        run.refuse("42P16", "constraints on temporary tables may reference only temporary tables")
    if relation.persistence == "p" and referenced.persistence == "u":
        run.refuse("42P16", "constraints on permanent tables may reference only permanent tables")


def _check_types(run: Run, relation: Rel, referenced: Rel, own: Sequence[int], theirs: Sequence[int]) -> None:
    """Refuse keys whose columns cannot be compared.

    Raises:
        Refused: 42804.
    """
    left = {column.number: column.type for column in run.columns(relation.oid)}
    right = {column.number: column.type for column in run.columns(referenced.oid)}
    for one, other in zip(own, theirs, strict=False):
        if one in left and other in right and not are_comparable(run, left[one], right[other]):
            run.refuse("42804", "foreign key constraint cannot be implemented: key columns are of incompatible types")


def _numbers(run: Run, relation: Rel, names: Sequence[str]) -> tuple[int, ...]:
    found: list[int] = []
    for name in names:
        column = run.column(relation.oid, name)
        if column is None:
            if run.knows_columns(relation):
                run.refuse("42703", f"column {name} referenced in foreign key constraint does not exist")
            found.append(0)
        else:
            found.append(column.number)
    return tuple(found)


def referenced_key(run: Run, referenced: Rel, names: Sequence[str]) -> tuple[tuple[int, ...], int | None]:
    """The referenced columns and the unique index they are found by."""
    if run.is_assumed(referenced):
        return (0,) * max(1, len(names)), None
    if not names:
        primary = next((index for index in run.indexes(referenced.oid) if index.primary), None)
        if primary is None:
            run.refuse("42704", f"there is no primary key for referenced table {referenced.name}")
        return primary.columns[: primary.key_count], primary.oid
    numbers = _numbers(run, referenced, names)
    for index in run.indexes(referenced.oid):
        if _can_back(index) and sorted(index.columns[: index.key_count]) == sorted(numbers):
            return numbers, index.oid
    raise Refused("42830", f"there is no unique constraint matching given keys for referenced table {referenced.name}")


def _can_back(index: PgIndex) -> bool:
    return index.unique and index.immediate and index.valid and index.predicate is None and index.expressions is None


def _copy_to_referenced_partitions(work: Alteration, row: PgConstraint, referenced: Rel) -> None:
    """Rows for each partition of the referenced table (addFkRecurseReferenced)."""
    run = work.run
    for child in run.children(referenced.oid) if referenced.kind == "p" else ():
        if not isinstance(child, PgClass):
            continue
        run.lock(child, SRE, Role.PARTITION)
        copy = msgspec.structs.replace(
            row,
            oid=run.world.fresh_oid(),
            parent=row.oid,
            referenced=child.oid,
            name=f"{row.name}_{abs(child.oid)}",
            inherited_count=1,
            is_local=False,
            index=_child_index(run, row.index, child),
        )
        run.world.put(copy)
        _copy_to_referenced_partitions(work, copy, child)


def _child_index(run: Run, parent: int, child: Rel) -> int:
    own = {index.oid for index in run.indexes(child.oid)}
    return next((index.oid for index in run.children(parent) if index.oid in own), 0)


def _copy_to_partitions(work: Alteration, row: PgConstraint, relation: PgClass, referenced: Rel) -> None:
    """Rows for each partition of the referencing table (addFkRecurseReferencing)."""
    run = work.run
    if relation.kind != "p":
        return
    for child in work.children(relation):
        names = run.column_names(relation.oid, row.columns)
        copy = msgspec.structs.replace(
            row,
            oid=run.world.fresh_oid(),
            parent=row.oid,
            relation=child.oid,
            namespace=child.namespace,
            columns=_numbers(run, child, names),
            inherited_count=1,
            is_local=False,
            no_inherit=child.kind != "p",
        )
        run.world.put(copy)
        _copy_to_partitions(work, copy, child, referenced)


# ---- validation


def validate(work: Alteration, relation: PgClass, row: PgConstraint) -> None:
    """VALIDATE CONSTRAINT of a foreign key."""
    run = work.run
    run.change(row, validated=True)
    for copy in run.world.where(PgConstraint, "parent", row.oid):
        table = run.world.one(PgClass, copy.relation)
        if table is not None and not copy.validated:
            if table.oid != relation.oid:
                run.lock(table, work.mode, Role.PARTITION)
            validate(work, table, copy)
    work.checks.append(ForeignKeyCheck(row.oid))


def check(run: Run, row: PgConstraint) -> None:
    """Validate a foreign key now: one query over both tables (validateForeignKeyConstraint)."""
    relation, referenced = run.world.relation(row.relation), run.world.relation(row.referenced)
    if relation is None or referenced is None:
        return
    if relation.kind == "p":
        for copy in run.world.where(PgConstraint, "parent", row.oid):
            if copy.relation != row.relation:
                check(run, copy)
        return
    run.lock(referenced, RS, Role.FOREIGN_KEY_PARTNER)
    if run.world.is_new(relation.oid) and not run.is_assumed(relation):
        pass
    why = f"foreign key {row.name} is validated"
    plan_access(run, relation, AS, role=Role.TARGET, below=False)
    plan_access(run, referenced, AS, role=Role.FOREIGN_KEY_PARTNER, below=referenced.kind == "p")
    run.scan(relation, why)
    for table in [referenced, *(run.descendants(referenced.oid) if referenced.kind == "p" else ())]:
        if table.kind != "p" and table.oid != relation.oid:
            run.scan(table, why, ROWS)
    run.record.may_refuse("23503", f"a row violates {row.name}", ROWS)


def _set_deferrability(work: Alteration, row: PgConstraint, definition: AlteredConstraint) -> None:
    run = work.run
    changed = (definition.deferrable, definition.initially_deferred)
    if (row.deferrable, row.initially_deferred) != changed:
        run.change(row, deferrable=definition.deferrable, initially_deferred=definition.initially_deferred)
    for copy in run.world.where(PgConstraint, "parent", row.oid):
        table = run.world.relation(copy.relation)
        if table is not None:
            run.lock(table, work.mode, run.child_role(table))
        _set_deferrability(work, copy, definition)


def alter(work: Alteration, relation: PgClass, row: PgConstraint, definition: object) -> None:
    """ALTER CONSTRAINT: deferrability, and from 18 on enforcement and inheritance."""
    run = work.run
    if isinstance(definition, AlteredConstraint):
        alters_inheritance = definition.alters_inheritability
        enforces = definition.alters_enforceability
    else:
        alters_inheritance = enforces = False
    if row.kind != "f" and not (row.kind == "n" and alters_inheritance):
        run.refuse("42809", f"constraint {row.name} is not a foreign key constraint")
    if row.parent:
        code = "55000" if run.major >= NOT_VALID_ON_PARTITIONED_SINCE else "XX000"
        run.refuse(code, f"cannot alter inherited constraint {row.name}")
    if not isinstance(definition, AlteredConstraint):
        return
    if definition.alters_deferrability:
        changed = (definition.deferrable, definition.initially_deferred)
        if run.major < NOT_VALID_ON_PARTITIONED_SINCE or (row.deferrable, row.initially_deferred) != changed:
            _set_deferrability(work, row, definition)
    if enforces and definition.is_enforced != row.enforced:
        _set_enforcement(work, row, is_enforced=definition.is_enforced)
        if definition.is_enforced:
            work.checks.append(ForeignKeyCheck(row.oid))
    del relation


def _set_enforcement(work: Alteration, row: PgConstraint, *, is_enforced: bool) -> None:
    """The triggers of the key are made, or dropped."""
    run = work.run
    partner, table = run.world.relation(row.referenced), run.world.relation(row.relation)
    if partner is not None and (is_enforced or has_action_triggers(run, row)):
        run.lock(partner, SRE if is_enforced else AE, Role.FOREIGN_KEY_PARTNER)
    if table is not None:
        run.lock(table, work.mode, Role.TARGET if table.oid == work.target else run.child_role(table))
    run.change(row, enforced=is_enforced, validated=is_enforced)
    for copy in run.world.where(PgConstraint, "parent", row.oid):
        _set_enforcement(work, copy, is_enforced=is_enforced)
