"""GRANT and REVOKE: from 18 on the relations they name are opened."""

from __future__ import annotations

from migrations_safety.effects.model import Role
from migrations_safety.effects.roles import role_oid
from migrations_safety.effects.run import AS, Rel, Run
from probes.sql.tree.administration import Grant
from probes.sql.tree.atoms import RangeVar
from probes.sql.tree.enums import GrantTarget
from probes.sql.tree.enums import ObjectType as O
from probes.sql.tree.parts import name_parts

GRANTS_LOCK_SINCE = 18
"""The major whose GRANT opens the relations it names."""
_ROLES = {"v": Role.VIEW, "m": Role.MATERIALIZED_VIEW, "S": Role.SEQUENCE}


def grant(run: Run, statement: Grant) -> None:
    """Work out GRANT and REVOKE."""
    for spec in statement.grantees:
        role_oid(run, spec)
    if statement.object_type is O.SCHEMA or statement.target is GrantTarget.ALL_IN_SCHEMA:
        for named in statement.objects:
            run.schema(name_parts(named)[-1])
    elif statement.object_type in (O.TABLE, O.SEQUENCE, O.COLUMN):
        for named in statement.objects:
            relation = run.relation(named) if isinstance(named, RangeVar) else None
            if relation is not None:
                _open(run, relation, statement)


def _open(run: Run, relation: Rel, statement: Grant) -> None:
    if not run.is_assumed(relation):
        if relation.kind in {"i", "I", "c"}:
            run.refuse("42809", f"{relation.name} is an index or a type")
        if statement.object_type is O.SEQUENCE and relation.kind != "S":
            run.refuse("42809", f"{relation.name} is not a sequence")
        for name in (name for privilege in statement.privileges for name in privilege.columns):
            if run.column(relation.oid, name) is None:
                run.refuse("42703", f"column {name} does not exist")
    if run.major >= GRANTS_LOCK_SINCE:
        run.lock(relation, AS, _ROLES.get(relation.kind, Role.TARGET))
