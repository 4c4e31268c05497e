"""Rows about what guards and serves a table: constraints, indexes, triggers, rules, policies."""

from __future__ import annotations

from typing import ClassVar

from probes.catalog.expression import Expression
from probes.catalog.rows.base import StructureRow


class PgConstraint(StructureRow, frozen=True, gc=False, array_like=True):
    """A constraint of a table or of a domain (`type` is then not 0).

    Valid NOT NULL constraints of PostgreSQL 18 are left out of a scan: `PgAttribute.not_null` says the same.
    """

    area: ClassVar[str] = "pg_constraint"
    oid: int
    name: str
    namespace: int
    kind: str
    relation: int
    type: int
    index: int
    parent: int
    referenced: int
    columns: tuple[int, ...]
    referenced_columns: tuple[int, ...]
    on_update: str
    on_delete: str
    match: str
    deferrable: bool
    initially_deferred: bool
    validated: bool
    enforced: bool
    no_inherit: bool
    inherited_count: int
    is_local: bool
    on_delete_columns: tuple[int, ...]
    without_overlaps: bool
    expression: Expression | None


class PgIndex(StructureRow, frozen=True, gc=False, array_like=True):
    """An index together with its own pg_class row. A key of 0 in `columns` stands for an expression."""

    area: ClassVar[str] = "pg_index"
    oid: int
    name: str
    namespace: int
    relation: int
    kind: str
    method: str
    columns: tuple[int, ...]
    key_count: int
    operator_classes: tuple[int, ...]
    collations: tuple[int, ...]
    key_options: tuple[int, ...]
    """Per key column: bit 1 is DESC, bit 2 is NULLS FIRST."""
    unique: bool
    nulls_not_distinct: bool
    primary: bool
    exclusion: bool
    immediate: bool
    clustered: bool
    valid: bool
    ready: bool
    live: bool
    is_replica_identity: bool
    is_partition: bool
    tablespace: int
    pages: int
    tuples: float
    options: tuple[str, ...]
    expressions: Expression | None
    predicate: Expression | None


class PgTrigger(StructureRow, frozen=True, gc=False, array_like=True):
    """A trigger of a user, or an internal one (of a foreign key) that is not in its normal enabled state."""

    area: ClassVar[str] = "pg_trigger"
    oid: int
    name: str
    relation: int
    function: int
    type_bits: int
    enabled: str
    is_internal: bool
    constraint: int
    parent: int
    columns: tuple[int, ...]
    has_condition: bool
    deferrable: bool
    initially_deferred: bool
    old_table: str | None
    new_table: str | None


class PgRewrite(StructureRow, frozen=True, gc=False, array_like=True):
    """A rewrite rule; `_RETURN` is the one that makes a view."""

    area: ClassVar[str] = "pg_rewrite"
    oid: int
    name: str
    relation: int
    event: str
    enabled: str
    instead: bool


class PgPolicy(StructureRow, frozen=True, gc=False, array_like=True):
    """A row security policy. Role 0 is PUBLIC. `command` is r, a, w, d or * as in pg_policy.polcmd."""

    area: ClassVar[str] = "pg_policy"
    oid: int
    name: str
    relation: int
    command: str
    permissive: bool
    roles: tuple[int, ...]
    using: Expression | None
    check: Expression | None
