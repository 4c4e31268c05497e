"""GRANT, REVOKE and default privileges."""

from __future__ import annotations

from migrations_safety.effects.roles import role_oid
from migrations_safety.effects.run import AS, Rel, Run
from probes.catalog.rows import PgClass
from probes.sql.tree.administration import Grant
from probes.sql.tree.atoms import RangeVar
from probes.sql.tree.enums import GrantTarget
from probes.sql.tree.enums import ObjectType as O
from probes.sql.tree.parts import name_parts

GRANTS_LOCK_SINCE = 18
"""The major whose GRANT opens the relations it names."""


def grant(run: Run, statement: Grant) -> None:
    """Work out GRANT and REVOKE: from 18 on the relations are opened."""
    if statement.object_type not in (O.TABLE, O.SEQUENCE, O.COLUMN):
        if statement.object_type is O.SCHEMA:
            for named in statement.objects:
                run.schema(name_parts(named)[-1])
        return
    for spec in statement.grantees:
        role_oid(run, spec)
    if statement.target is GrantTarget.ALL_IN_SCHEMA:
        for named in statement.objects:
            namespace = run.schema(name_parts(named)[-1])
            kinds = {"S"} if statement.object_type is O.SEQUENCE else {"r", "p", "v", "m", "f"}
            for row in run.world.where(PgClass, "namespace", namespace):
                if row.kind in kinds:
                    _open(run, row)
        return
    for named in statement.objects:
        relation = run.relation(named) if isinstance(named, RangeVar) else None
        if relation is not None:
            _check_grant(run, relation, statement)
            _open(run, relation)


def _check_grant(run: Run, relation: Rel, statement: Grant) -> None:
    if run.is_assumed(relation):
        return
    if relation.kind in {"i", "I", "c"}:
        run.refuse("42809", f"{relation.name} is an index or a type")
    if statement.object_type is O.SEQUENCE and relation.kind != "S":
        run.refuse("42809", f"{relation.name} is not a sequence")
    for privilege in statement.privileges:
        for name in privilege.columns:
            if run.column(relation.oid, name) is None:
                run.refuse("42703", f"column {name} does not exist")


def _open(run: Run, relation: Rel) -> None:
    if run.major >= GRANTS_LOCK_SINCE:
        run.lock(relation, AS, _role(relation))
