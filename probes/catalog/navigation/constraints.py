"""Walking from a constraint, and from a foreign key to both of its tables."""

from __future__ import annotations

from probes.catalog.names import quoted
from probes.catalog.navigation.base import Walker
from probes.catalog.navigation.relations import Column, Relation
from probes.catalog.rows import PgConstraint


class Constraint(Walker[PgConstraint], frozen=True):
    """A constraint of a table."""

    @property
    def oid(self) -> int:
        """Its object id."""
        return self.row.oid

    @property
    def name(self) -> str:
        """Its name, unique within its table only."""
        return self.row.name

    @property
    def sql(self) -> str:
        """The name as SQL."""
        return quoted(self.row.name)

    @property
    def relation(self) -> Relation:
        """The table that declares it."""
        found = self.catalog.relation(self.row.relation)
        if found is None:
            raise LookupError(f"constraint {self.row.name} stands on a table that the catalog does not hold")
        return found

    @property
    def column_names(self) -> tuple[str, ...]:
        """The constrained columns."""
        return self.relation.column_names(self.row.columns)


class ForeignKey(Constraint, frozen=True):
    """A foreign key."""

    @property
    def referencing(self) -> Relation:
        """The table that declares it."""
        return self.relation

    @property
    def referenced(self) -> Relation | None:
        """The table it points at; None where that table is outside the picture (a system catalog)."""
        return self.catalog.relation(self.row.referenced)

    @property
    def pairs(self) -> list[tuple[Column, Column]]:
        """Referencing and referenced columns, side by side."""
        referenced = self.referenced
        if referenced is None:
            return []
        referencing = self.referencing
        both = zip(self.row.columns, self.row.referenced_columns, strict=True)
        found = [(referencing.column(left), referenced.column(right)) for left, right in both]
        return [(left, right) for left, right in found if left and right]
