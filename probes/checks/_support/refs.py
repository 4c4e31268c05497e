"""Naming the objects that findings are about, and the areas that walking to them reads."""

from __future__ import annotations

from probes.catalog.navigation import Constraint, Index, Relation
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import PgClass, PgDepend, PgNamespace, Row
from probes.finding import ObjectRef

SCOPE: tuple[type[Row], ...] = (PgNamespace, PgClass, PgDepend)
"""What `catalog.tables` and its relatives read."""


def relation_ref(relation: Relation) -> ObjectRef:
    """The reference to a table, view, sequence or another relation."""
    return ObjectRef(relation.kind.noun, relation.name, relation.schema)


def column_ref(column: Column) -> ObjectRef:
    """The reference to a column."""
    relation = column.relation
    return ObjectRef("column", column.name, relation.schema, relation.name)


def index_ref(index: Index) -> ObjectRef:
    """The reference to an index, with the columns of its key."""
    table = index.relation
    columns = tuple(name for name in table.column_names(index.key_columns) if name != "(expression)")
    return ObjectRef("index", index.name, table.schema, table.name, columns)


def constraint_ref(constraint: Constraint) -> ObjectRef:
    """The reference to a constraint of a table, with its columns."""
    table = constraint.relation
    return ObjectRef("constraint", constraint.name, table.schema, table.name, constraint.column_names)
