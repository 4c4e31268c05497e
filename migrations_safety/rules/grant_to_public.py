"""A privilege is given to everybody.

What: GRANT ... TO PUBLIC, or ALTER DEFAULT PRIVILEGES that grants to PUBLIC, on tables, sequences, functions or on
creating in a schema.

Why it matters: PUBLIC is every role there is and every role there will be: the monitoring user, the report, the
account of a contractor. Nobody can be left out by REVOKE afterwards, for REVOKE takes away only what was given to the
role itself.

When it is harmless: The table is a dictionary that everybody may read, or the database has one role only.

What to do: Make a role without login for the purpose, grant to that, and make those who need it members.

Known limits: USAGE of schemas, types and languages is left out: it opens nothing by itself. With a database, CREATE
in a schema is left to security/public_can_create_in_schema.

Sources: https://www.postgresql.org/docs/current/sql-grant.html
https://www.postgresql.org/docs/current/ddl-priv.html

Given::

    create table orders (id bigint primary key);

Unsafe::

    grant select, update on orders to public;

Unsafe::

    grant select on all tables in schema public to public;

Unsafe::

    alter default privileges grant select on tables to public;

Unsafe (without a catalog)::

    grant create on schema public to public;

Safe (without a catalog)::

    grant select on orders to reports;

Safe::

    grant usage on schema public to public;

Safe::

    revoke all on orders from public;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.administration import AlterDefaultPrivileges, Grant
from probes.sql.tree.enums import ObjectType, RoleKind

_OPEN = frozenset(
    {ObjectType.TABLE, ObjectType.SEQUENCE, ObjectType.FUNCTION, ObjectType.PROCEDURE, ObjectType.ROUTINE}
)
_READS = frozenset({"select", "execute", "usage"})


def _opened(step: Step, grant: Grant) -> tuple[str, ...]:
    """The privileges that open something; ALL as such."""
    names = tuple((one.name or "all").lower() for one in grant.privileges) or ("all",)
    if grant.object_type in _OPEN:
        return names
    is_told_by_check = step.has_catalog or grant.object_type is not ObjectType.SCHEMA
    return () if is_told_by_check else tuple(name for name in names if name in {"all", "create"})


@rule(
    "Privilege for everybody",
    area=Area.SECURITY,
    severity=Severity.MEDIUM,
    triggers=("Grant", "AlterDefaultPrivileges"),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag grants to PUBLIC that open something."""
    tree = step.tree
    grant = tree.action if isinstance(tree, AlterDefaultPrivileges) else tree
    if not isinstance(grant, Grant) or not grant.is_grant or step.effects.is_refused:
        return
    names = _opened(step, grant)
    if names and any(one.kind is RoleKind.PUBLIC for one in grant.grantees):
        later = ", on what will be made later too" if isinstance(tree, AlterDefaultPrivileges) else ""
        yield Flag(
            message=f"{', '.join(names).upper()} is given to every role there is and will be{later}",
            evidence={"privileges": names},
            severity=None if set(names) <= _READS else Severity.HIGH,
        )
