"""Walking from roles to memberships, and grants."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from probes.catalog.navigation.base import Walker
from probes.catalog.rows import PgAuthMembers, PgRole


class Grant(msgspec.Struct, frozen=True, gc=False):
    """One privilege of one role on one object. Grantee 0 is PUBLIC; the privilege is spelled as in GRANT."""

    grantee: int
    privilege: str
    grantable: bool
    grantor: int


class Role(Walker[PgRole], frozen=True):
    """A role."""

    @property
    def oid(self) -> int:
        """Its object id."""
        return self.row.oid

    @property
    def name(self) -> str:
        """Its name."""
        return self.row.name

    @property
    def is_predefined(self) -> bool:
        """Whether the server made it (pg_monitor and its kin)."""
        return self.row.name.startswith("pg_")

    @property
    def inherited(self) -> frozenset[int]:
        """Oids of the roles whose privileges it has without SET ROLE, itself included."""
        return frozenset(_closure(self, lambda membership: membership.inherit))

    @property
    def reachable(self) -> frozenset[int]:
        """Oids of the roles it can become by SET ROLE, itself included."""
        return frozenset(_closure(self, lambda membership: membership.may_set))

    @property
    def members(self) -> list[Role]:
        """Direct members."""
        rows = self.catalog.grouped(PgAuthMembers, "role").get(self.oid, ())
        return [found for row in rows if (found := self.catalog.role(row.member))]


def _closure(role: Role, follow: Callable[[PgAuthMembers], bool]) -> Iterator[int]:
    """Depth first over memberships that `follow` accepts."""
    memberships = role.catalog.grouped(PgAuthMembers, "member")
    seen = {role.oid}
    pending = [role.oid]
    while pending:
        current = pending.pop()
        yield current
        for row in memberships.get(current, ()):
            if row.role not in seen and follow(row):
                seen.add(row.role)
                pending.append(row.role)
