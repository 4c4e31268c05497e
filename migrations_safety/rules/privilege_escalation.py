"""A role gets rights that go beyond any grant.

What: CREATE ROLE or ALTER ROLE with SUPERUSER, BYPASSRLS, REPLICATION or CREATEROLE; GRANT of
pg_execute_server_program, pg_read_server_files, pg_write_server_files, pg_read_all_data or pg_write_all_data.

Why it matters: A superuser, and who may run programs or write files on the server, owns the machine's database
account; BYPASSRLS makes every policy void; REPLICATION reads all of it as a stream; CREATEROLE gives itself most
other things before PostgreSQL 16. Such rights belong to people, on a day, and not into a script that runs in every
environment.

When it is harmless: The script sets up a new server, or a backup's account.

What to do: Grant the narrow right: pg_monitor, pg_maintain, ownership, a SECURITY DEFINER function for the one thing
that is needed.

Known limits: What a role already inherits is not followed. With a database security/many_superusers and
security/bypassrls_role tell of new roles.

Sources: https://www.postgresql.org/docs/current/role-attributes.html
https://www.postgresql.org/docs/current/predefined-roles.html

Given::

    create role admin superuser login;
    create role app login;

Unsafe (without a catalog)::

    create role deploy superuser login;

Unsafe::

    alter role app bypassrls;

Unsafe (without a catalog)::

    grant pg_execute_server_program to app;

Safe::

    create role deploy login nosuperuser;

Safe (without a catalog)::

    grant pg_monitor to app;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.administration import AlterRole, CreateRole, GrantRole

_ATTRIBUTES = {
    "superuser": "SUPERUSER",
    "bypassrls": "BYPASSRLS",
    "isreplication": "REPLICATION",
    "createrole": "CREATEROLE",
}
_TOLD_BY_CHECKS = frozenset({"SUPERUSER", "BYPASSRLS"})
_ROLES = frozenset(
    {
        "pg_execute_server_program",
        "pg_read_server_files",
        "pg_write_server_files",
        "pg_read_all_data",
        "pg_write_all_data",
    }
)


@rule(
    "Rights beyond any grant",
    area=Area.SECURITY,
    severity=Severity.HIGH,
    triggers=("CreateRole", "AlterRole", "GrantRole"),
    squawk=("ban-alter-role-options",),
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag attributes and memberships that no grant limits."""
    match step.tree:
        case CreateRole() | AlterRole() as tree:
            found = [_ATTRIBUTES[one.name] for one in tree.options if one.name in _ATTRIBUTES and one.is_on]
            if step.has_catalog and isinstance(tree, CreateRole):
                found = [name for name in found if name not in _TOLD_BY_CHECKS]
            names = [tree.name if isinstance(tree, CreateRole) else (tree.role and tree.role.name) or "the role"]
        case GrantRole(is_grant=True) as tree:
            found = [one.name for one in tree.roles if one.name in _ROLES]
            names = [one.name or "the role" for one in tree.grantees]
        case _:
            return
    if found:
        yield Flag(message=f"{', '.join(names)} gets {', '.join(found)}: no grant and no policy limits that")
