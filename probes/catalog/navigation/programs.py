"""Walking from a function."""

from __future__ import annotations

from probes.catalog.names import qualified
from probes.catalog.navigation.base import SchemaObject
from probes.catalog.navigation.roles import Grant, Role
from probes.catalog.rows import PgProc

_INPUT_MODES = frozenset("ibv")


class Function(SchemaObject[PgProc], frozen=True):
    """A function or procedure."""

    @property
    def owner(self) -> Role | None:
        """Its owner."""
        return self.catalog.role(self.row.owner)

    @property
    def noun(self) -> str:
        """`function`, `procedure` or `aggregate`; window functions are functions in DDL."""
        return {"p": "procedure", "a": "aggregate"}.get(self.row.kind, "function")

    @property
    def argument_list(self) -> str:
        """Types of the input arguments, as ALTER FUNCTION takes them."""
        types, modes = self.row.argument_types, self.row.argument_modes
        given = [oid for position, oid in enumerate(types) if not modes or modes[position] in _INPUT_MODES]
        return ", ".join(self.catalog.type_name(oid).sql for oid in given)

    @property
    def signature(self) -> str:
        """`schema.name(types)` as SQL."""
        return f"{qualified(self.schema, self.row.name)}({self.argument_list})"

    @property
    def grants(self) -> tuple[Grant, ...]:
        """Who may execute it; PUBLIC may by default."""
        from probes.catalog.acl import grants_of  # noqa: PLC0415 - cycle

        return grants_of(self.catalog, self.row.acl, self.row.owner, "f")
