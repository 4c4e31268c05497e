"""Rows about relations and what they are made of. Field names follow the manual's chapter on system catalogs.

Sizes are in pages of `Server.block_size` bytes; ages are in transactions, as `age()` gives them.
"""

from __future__ import annotations

from typing import ClassVar

from probes.catalog.expression import Expression
from probes.catalog.rows.base import StructureRow


class PgNamespace(StructureRow, frozen=True, gc=False, array_like=True):
    """A schema."""

    area: ClassVar[str] = "pg_namespace"
    oid: int
    name: str
    owner: int
    acl: tuple[str, ...] | None


class PgClass(StructureRow, frozen=True, gc=False, array_like=True):
    """A relation other than an index or a TOAST table (those are folded into `PgIndex` and the `toast_*` fields)."""

    area: ClassVar[str] = "pg_class"
    oid: int
    name: str
    namespace: int
    kind: str
    owner: int
    persistence: str
    access_method: int
    tablespace: int
    column_slots: int
    """Attribute numbers in use, dropped columns included (the limit is 1,600)."""
    pages: int
    tuples: float
    """Estimated live rows; -1 where the table was never vacuumed or analysed (0 before PostgreSQL 14)."""
    all_visible_pages: int
    row_security: bool
    force_row_security: bool
    is_partition: bool
    replica_identity: str
    options: tuple[str, ...]
    acl: tuple[str, ...] | None
    frozen_age_xids: int
    """Age of relfrozenxid in transactions; 0 where the kind has none."""
    min_multixact_age: int
    of_type: int
    foreign_server: int
    row_type: int
    """The oid of its row type, which columns of other tables may have; 0 where the kind has none."""
    toast_relation: int
    toast_pages: int
    toast_frozen_age_xids: int
    toast_options: tuple[str, ...]
    partition_bound: Expression | None


class PgAttribute(StructureRow, frozen=True, gc=False, array_like=True):
    """A live column of a table, view, materialized view, foreign table or composite type."""

    area: ClassVar[str] = "pg_attribute"
    relation: int
    number: int
    name: str
    type: int
    typmod: int
    not_null: bool
    """Marked NOT NULL. On PostgreSQL 18 the constraint behind it may still be NOT VALID: see PgConstraint."""
    has_default: bool
    identity: str
    generated: str
    collation: int
    dimensions: int
    storage: str
    compression: str
    statistics_target: int | None
    inherited_count: int
    is_local: bool
    options: tuple[str, ...]
    acl: tuple[str, ...] | None


class PgAttrdef(StructureRow, frozen=True, gc=False, array_like=True):
    """A column default or generation expression."""

    area: ClassVar[str] = "pg_attrdef"
    oid: int
    relation: int
    column: int
    expression: Expression


class PgType(StructureRow, frozen=True, gc=False, array_like=True):
    """A type: built in or of a user; row types of tables are left out, composite types are in."""

    area: ClassVar[str] = "pg_type"
    oid: int
    name: str
    namespace: int
    owner: int
    kind: str
    category: str
    base_type: int
    typmod: int
    not_null: bool
    dimensions: int
    collation: int
    element: int
    array: int
    relation: int
    length: int
    by_value: bool
    alignment: str
    storage: str
    default: str | None
    range_subtype: int
    labels: tuple[str, ...]
    """Of an enum, in their order."""
    acl: tuple[str, ...] | None


class PgInherits(StructureRow, frozen=True, gc=False, array_like=True):
    """One step of inheritance: of tables, partitions or partitioned indexes."""

    area: ClassVar[str] = "pg_inherits"
    child: int
    parent: int
    position: int
    detach_pending: bool


class PgPartitionedTable(StructureRow, frozen=True, gc=False, array_like=True):
    """How a partitioned table is cut. A key column number of 0 stands for an expression."""

    area: ClassVar[str] = "pg_partitioned_table"
    relation: int
    strategy: str
    columns: tuple[int, ...]
    operator_classes: tuple[int, ...]
    collations: tuple[int, ...]
    default_partition: int
    expressions: Expression | None


class PgSequence(StructureRow, frozen=True, gc=False, array_like=True):
    """The limits of a sequence; how far it has run is in SequenceUse."""

    area: ClassVar[str] = "pg_sequence"
    relation: int
    type: int
    start: int
    increment: int
    minimum: int
    maximum: int
    cache: int
    cycle: bool


class PgDescription(StructureRow, frozen=True, gc=False, array_like=True):
    """A comment on an object of a user, by the catalog that holds the object (`pg_class`, `pg_proc` ...)."""

    area: ClassVar[str] = "pg_description"
    catalog: str
    object: int
    column: int
    text: str


class PgStatisticExt(StructureRow, frozen=True, gc=False, array_like=True):
    """An extended statistics object."""

    area: ClassVar[str] = "pg_statistic_ext"
    oid: int
    name: str
    namespace: int
    owner: int
    relation: int
    kinds: tuple[str, ...]
    columns: tuple[int, ...]
    has_expressions: bool
    is_filled: bool | None = None
    """Whether ANALYZE has filled it; None where our role may not see that, or it holds expressions only."""


class PgCollation(StructureRow, frozen=True, gc=False, array_like=True):
    """A collation that is of a user, or whose provider's version moved since it was created."""

    area: ClassVar[str] = "pg_collation"
    oid: int
    name: str
    namespace: int
    owner: int
    provider: str
    is_deterministic: bool
    version: str | None
    actual_version: str | None


class PgDepend(StructureRow, frozen=True, gc=False, array_like=True):
    """A dependency that a check or the gate follows: extension members, owned sequences, views, policies, defaults."""

    area: ClassVar[str] = "pg_depend"
    catalog: str
    object: int
    sub_object: int
    referenced_catalog: str
    referenced: int
    referenced_column: int
    kind: str
