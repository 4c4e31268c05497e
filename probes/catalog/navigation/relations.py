"""Walking from a relation to its parts and neighbours."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from probes.catalog.names import quoted
from probes.catalog.navigation.base import SchemaObject, Walker
from probes.catalog.navigation.types import TypeName
from probes.catalog.rows import (
    PgAttrdef,
    PgAttribute,
    PgClass,
    PgConstraint,
    PgIndex,
    PgInherits,
    PgPolicy,
    PgTrigger,
    TableStatistics,
)

if TYPE_CHECKING:
    from probes.catalog.navigation.constraints import Constraint, ForeignKey
    from probes.catalog.navigation.indexes import Index
    from probes.catalog.navigation.roles import Grant, Role
    from probes.catalog.navigation.security import Policy


class RelationKind(enum.Enum):
    """pg_class.relkind, in the words of the manual."""

    TABLE = "r"
    PARTITIONED_TABLE = "p"
    VIEW = "v"
    MATERIALIZED_VIEW = "m"
    FOREIGN_TABLE = "f"
    SEQUENCE = "S"
    COMPOSITE_TYPE = "c"

    @property
    def noun(self) -> str:
        """The kind as prose and as `ObjectRef.kind`: `table`, `partitioned table`, `materialized view` ..."""
        return self.name.lower().replace("_", " ")


TABLE_KINDS = frozenset({"r", "p"})


class Column(Walker[PgAttribute], frozen=True):
    """A column of a relation."""

    @property
    def name(self) -> str:
        """The column's name."""
        return self.row.name

    @property
    def relation(self) -> Relation:
        """The relation it belongs to."""
        return _existing(self.catalog.relation(self.row.relation), self.row.relation)

    @property
    def type(self) -> TypeName:
        """Its type with its modifier."""
        return self.catalog.type_name(self.row.type, self.row.typmod)

    @property
    def default(self) -> PgAttrdef | None:
        """Its default or generation expression."""
        for row in self.catalog.grouped(PgAttrdef, "relation").get(self.row.relation, ()):
            if row.column == self.row.number:
                return row
        return None


class Relation(SchemaObject[PgClass], frozen=True):
    """A table, view, materialized view, sequence, foreign table or composite type."""

    @property
    def kind(self) -> RelationKind:
        """What kind of relation it is."""
        return RelationKind(self.row.kind)

    @property
    def owner(self) -> Role | None:
        """Its owner."""
        return self.catalog.role(self.row.owner)

    @property
    def grants(self) -> tuple[Grant, ...]:
        """Privileges on the relation as a whole, the owner's own included."""
        from probes.catalog.acl import grants_of  # noqa: PLC0415 - acl needs Grant, which lives beside us

        return grants_of(self.catalog, self.row.acl, self.row.owner, "S" if self.row.kind == "S" else "r")

    # ---- parts

    @property
    def columns(self) -> list[Column]:
        """Live columns in attribute order."""
        return [Column(self.catalog, row) for row in self.column_rows]

    @property
    def column_rows(self) -> Sequence[PgAttribute]:
        """Rows of the live columns in attribute order."""
        return self.catalog.grouped(PgAttribute, "relation").get(self.row.oid, ())

    def column(self, number: int) -> Column | None:
        """The column with this attribute number."""
        row = self.column_row(number)
        return Column(self.catalog, row) if row else None

    def column_row(self, number: int) -> PgAttribute | None:
        """The row of the column with this attribute number."""
        return self.catalog.column_row(self.row.oid, number)

    def column_names(self, numbers: tuple[int, ...]) -> tuple[str, ...]:
        """Names for attribute numbers; `(expression)` for 0."""
        rows = map(self.column_row, numbers)
        return tuple(row.name if row else "(expression)" for row in rows)

    def column_list_sql(self, numbers: tuple[int, ...]) -> str:
        """The names, quoted and joined by commas."""
        return ", ".join(quoted(name) for name in self.column_names(numbers))

    @property
    def indexes(self) -> list[Index]:
        """Its indexes."""
        from probes.catalog.navigation.indexes import Index  # noqa: PLC0415 - cycle

        return [Index(self.catalog, row) for row in self.catalog.grouped(PgIndex, "relation").get(self.oid, ())]

    @property
    def constraints(self) -> list[Constraint]:
        """Its constraints."""
        from probes.catalog.navigation.constraints import Constraint  # noqa: PLC0415 - cycle

        rows = self.catalog.grouped(PgConstraint, "relation").get(self.oid, ())
        return [Constraint(self.catalog, row) for row in rows]

    @property
    def primary_key(self) -> PgConstraint | None:
        """Its primary key."""
        return self.catalog.primary_keys.get(self.row.oid)

    @property
    def foreign_keys(self) -> list[ForeignKey]:
        """Foreign keys that it declares."""
        from probes.catalog.navigation.constraints import ForeignKey  # noqa: PLC0415 - cycle

        rows = self.catalog.grouped(PgConstraint, "relation").get(self.oid, ())
        return [ForeignKey(self.catalog, row) for row in rows if row.kind == "f"]

    @property
    def referenced_by(self) -> list[ForeignKey]:
        """Foreign keys of any table that point at it."""
        from probes.catalog.navigation.constraints import ForeignKey  # noqa: PLC0415 - cycle

        rows = self.catalog.grouped(PgConstraint, "referenced").get(self.oid, ())
        return [ForeignKey(self.catalog, row) for row in rows if row.kind == "f"]

    @property
    def policies(self) -> list[Policy]:
        """Its row security policies."""
        from probes.catalog.navigation.security import Policy  # noqa: PLC0415 - cycle

        return [Policy(self.catalog, row) for row in self.catalog.grouped(PgPolicy, "relation").get(self.oid, ())]

    @property
    def triggers(self) -> list[PgTrigger]:
        """Its triggers."""
        return list(self.catalog.grouped(PgTrigger, "relation").get(self.oid, ()))

    # ---- inheritance

    @property
    def parents(self) -> list[Relation]:
        """Direct parents, by inheritance or partitioning."""
        rows = self.catalog.grouped(PgInherits, "child").get(self.oid, ())
        return [found for row in rows if (found := self.catalog.relation(row.parent))]

    @property
    def children(self) -> list[Relation]:
        """Direct children, by inheritance or partitioning."""
        rows = self.catalog.grouped(PgInherits, "parent").get(self.oid, ())
        return [found for row in rows if (found := self.catalog.relation(row.child))]

    @property
    def root(self) -> Relation:
        """The top of its partition tree; itself where it is no partition."""
        current = self
        while current.row.is_partition and (parents := current.parents):
            current = parents[0]
        return current

    @property
    def leaves(self) -> Iterator[Relation]:
        """The tables of a partition tree that hold rows; itself for an ordinary table."""
        if self.row.kind != "p":
            yield self
            return
        for child in self.children:
            yield from child.leaves

    # ---- size and use

    @property
    def heap_bytes(self) -> int:
        """Estimated size of the heap with its TOAST, leaves of a partitioned table summed up."""
        block_bytes = self.catalog.server.block_size
        return sum((leaf.row.pages + leaf.row.toast_pages) * block_bytes for leaf in self.leaves)

    @property
    def estimated_rows(self) -> float:
        """Estimated live rows, leaves summed up; 0 where nothing was ever counted."""
        return sum(max(leaf.row.tuples, 0.0) for leaf in self.leaves)

    @property
    def statistics(self) -> TableStatistics | None:
        """Its counters; None for kinds that have none."""
        return self.catalog.find(TableStatistics, self.oid, "relation")


def _existing(found: Relation | None, oid: int) -> Relation:
    if found is None:
        raise LookupError(f"the catalog refers to relation {oid}, which it does not hold")
    return found
