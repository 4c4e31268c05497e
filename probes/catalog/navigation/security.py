"""Walking from a row security policy."""

from __future__ import annotations

import enum

from probes.catalog.names import quoted
from probes.catalog.navigation.base import Walker
from probes.catalog.navigation.relations import Relation
from probes.catalog.rows import PgPolicy


class PolicyCommand(enum.Enum):
    """What a policy is for, spelled as in CREATE POLICY."""

    ALL = "*"
    SELECT = "r"
    INSERT = "a"
    UPDATE = "w"
    DELETE = "d"


class Policy(Walker[PgPolicy], frozen=True):
    """A row security policy."""

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
        """The table it guards."""
        found = self.catalog.relation(self.row.relation)
        if found is None:
            raise LookupError(f"policy {self.row.name} stands on a table that the catalog does not hold")
        return found

    @property
    def command(self) -> PolicyCommand:
        """The command it is for."""
        return PolicyCommand(self.row.command)

    @property
    def role_names(self) -> tuple[str, ...]:
        """The roles it applies to; `PUBLIC` for everybody."""
        found = (self.catalog.role(oid) for oid in self.row.roles)
        return tuple(role.name if role else "PUBLIC" for role in found)
