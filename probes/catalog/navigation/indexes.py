"""Walking from an index."""

from __future__ import annotations

from probes.catalog.navigation.base import SchemaObject
from probes.catalog.navigation.relations import Relation
from probes.catalog.rows import IndexStatistics, PgConstraint, PgIndex, PgInherits


class Index(SchemaObject[PgIndex], frozen=True):
    """An index of a table or materialized view."""

    @property
    def relation(self) -> Relation:
        """The indexed relation."""
        found = self.catalog.relation(self.row.relation)
        if found is None:
            raise LookupError(f"index {self.row.name} stands on a relation that the catalog does not hold")
        return found

    @property
    def key_columns(self) -> tuple[int, ...]:
        """Attribute numbers of the key, INCLUDE columns left out; 0 stands for an expression."""
        return self.row.columns[: self.row.key_count]

    @property
    def included_columns(self) -> tuple[int, ...]:
        """Attribute numbers of INCLUDE columns."""
        return self.row.columns[self.row.key_count :]

    @property
    def is_usable(self) -> bool:
        """Whether queries may use it and writers maintain it."""
        return self.row.valid and self.row.ready and self.row.live

    @property
    def is_partitioned(self) -> bool:
        """Whether it is the index of a partitioned table: a shell over its children."""
        return self.row.kind == "I"

    @property
    def parent(self) -> Index | None:
        """The partitioned index it belongs to."""
        for row in self.catalog.grouped(PgInherits, "child").get(self.oid, ()):
            found = self.catalog.find(PgIndex, row.parent)
            if found:
                return Index(self.catalog, found)
        return None

    @property
    def children(self) -> list[Index]:
        """The indexes of partitions attached to it."""
        rows = self.catalog.grouped(PgInherits, "parent").get(self.oid, ())
        found = (self.catalog.find(PgIndex, row.child) for row in rows)
        return [Index(self.catalog, row) for row in found if row]

    @property
    def constraint(self) -> PgConstraint | None:
        """The primary key, unique or exclusion constraint that it backs."""
        for row in self.catalog.grouped(PgConstraint, "index").get(self.oid, ()):
            if row.kind in {"p", "u", "x"}:
                return row
        return None

    @property
    def bytes(self) -> int:
        """Size by relpages, children of a partitioned index summed up."""
        own = self.row.pages * self.catalog.server.block_size
        return own + (sum(child.bytes for child in self.children) if self.is_partitioned else 0)

    @property
    def statistics(self) -> IndexStatistics | None:
        """Its counters; None for a partitioned index."""
        return self.catalog.find(IndexStatistics, self.oid, "index")
