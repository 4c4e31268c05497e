"""Roles and tablespaces by their names."""

from __future__ import annotations

from migrations_safety.effects.run import Run
from probes.catalog.rows import PgRole, PgTablespace
from probes.sql.tree.atoms import RoleSpec
from probes.sql.tree.enums import RoleKind

_UNKNOWN_ROLE = -2


def role_oid(run: Run, spec: RoleSpec | None) -> int:
    """The oid of a role; a stand-in where no catalog has it.

    Raises:
        Refused: 42704, there is no such role.
    """
    if spec is None:
        return _UNKNOWN_ROLE
    if spec.kind is RoleKind.PUBLIC:
        return 0
    if spec.kind is not RoleKind.CSTRING:
        return run.world.base.server.role_oid
    found = run.world.where(PgRole, "name", spec.name)
    if found:
        return found[0].oid
    if run.world.is_complete and run.world.base.absent(PgRole) is None:
        run.refuse("42704", f"role {spec.name} does not exist")
    return _UNKNOWN_ROLE


def tablespace_oid(run: Run, name: str) -> int | None:
    """The oid of a tablespace, 0 for the database's own; None where it is not known."""
    if name == "pg_default":
        return 0
    if run.world.base.absent(PgTablespace) is not None:
        return None
    found = run.world.where(PgTablespace, "name", name)
    if found:
        return found[0].oid
    if run.world.is_complete:
        run.refuse("42704", f"tablespace {name} does not exist")
    return None
