"""Rows of constraints, and the indexes behind PRIMARY KEY, UNIQUE and EXCLUDE."""

from __future__ import annotations

from migrations_safety.effects.indexing import IndexPlan
from migrations_safety.effects.run import Run
from probes.catalog.expression import Expression
from probes.catalog.rows import PgClass, PgConstraint
from probes.sql.tree.atoms import StringItem, Text
from probes.sql.tree.enums import ConstraintType
from probes.sql.tree.parts import Constraint, IndexElem


def constraint_row(
    run: Run,
    relation: PgClass | None,
    name: str,
    kind: str,
    *,
    namespace: int = 0,
    domain: int = 0,
    columns: tuple[int, ...] = (),
    index: int = 0,
    parent: int = 0,
    referenced: int = 0,
    referenced_columns: tuple[int, ...] = (),
    on_update: str = " ",
    on_delete: str = " ",
    match: str = " ",
    deferrable: bool = False,
    initially_deferred: bool = False,
    validated: bool = True,
    enforced: bool = True,
    no_inherit: bool = False,
    on_delete_columns: tuple[int, ...] = (),
    expression: Expression | None = None,
) -> PgConstraint:
    """A new constraint as a row of the catalog."""
    return PgConstraint(
        oid=run.world.fresh_oid(),
        name=name,
        namespace=relation.namespace if relation else namespace,
        kind=kind,
        relation=relation.oid if relation else 0,
        type=domain,
        index=index,
        parent=parent,
        referenced=referenced,
        columns=columns,
        referenced_columns=referenced_columns,
        on_update=on_update,
        on_delete=on_delete,
        match=match,
        deferrable=deferrable,
        initially_deferred=initially_deferred,
        validated=validated,
        enforced=enforced,
        no_inherit=no_inherit,
        inherited_count=1 if parent else 0,
        is_local=not parent,
        on_delete_columns=on_delete_columns,
        without_overlaps=False,
        expression=expression,
    )


def index_plan(run: Run, relation: PgClass, definition: Constraint) -> IndexPlan:
    """The index behind a PRIMARY KEY, UNIQUE or EXCLUDE constraint."""
    del run, relation
    exclusions = definition.exclusions
    is_exclusion = definition.kind is ConstraintType.EXCLUSION
    label = {ConstraintType.PRIMARY: "pkey", ConstraintType.UNIQUE: "key"}.get(definition.kind, "excl")
    elements = tuple(element for element, _ in exclusions) or tuple(IndexElem(name=key) for key in definition.keys)
    return IndexPlan(
        elements=elements,
        including=definition.including,
        name=definition.name,
        label=label,
        method="gist" if definition.without_overlaps else definition.access_method or "btree",
        unique=not is_exclusion,
        primary=definition.kind is ConstraintType.PRIMARY,
        exclusion=is_exclusion,
        deferrable=definition.deferrable,
        nulls_not_distinct=definition.nulls_not_distinct,
        predicate=definition.predicate,
    )


def string_item(name: str) -> StringItem:
    """A name in the form the grammar holds it."""
    return StringItem(String=Text(sval=name))
