"""All privileges on tables are granted where an application needs four.

What: GRANT ALL on tables, on all tables of a schema, or as default privileges, to a role.

Why it matters: ALL is also TRUNCATE, which no row security and no WHERE limits, TRIGGER, with which the grantee runs
code as whoever writes the table, REFERENCES, which blocks deletes, and from 17 on MAINTAIN, which locks the table at
will. The next major may add another.

When it is harmless: The role is to administer the tables.

What to do: Say what is needed: SELECT, INSERT, UPDATE, DELETE.

Known limits: What the role is for is not known. With a database, grants on tables that exist are left to
security/truncate_and_references_grants, which knows who is exposed.

Sources: https://www.postgresql.org/docs/current/ddl-priv.html

Given::

    grant usage on schema public to public;
    create table orders (id bigint generated always as identity primary key);
    create role app login;

Unsafe (without a catalog)::

    grant all on orders to app;

Unsafe (without a catalog)::

    grant all privileges on all tables in schema public to app;

Unsafe::

    alter default privileges in schema public grant all on tables to app;

Safe (without a catalog)::

    grant select, insert, update, delete on orders to app;

Safe (without a catalog)::

    grant all on sequence orders_id_seq to app;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.administration import AlterDefaultPrivileges, Grant
from probes.sql.tree.enums import ObjectType, RoleKind


@rule(
    "All privileges on tables",
    area=Area.SECURITY,
    severity=Severity.LOW,
    triggers=("Grant", "AlterDefaultPrivileges"),
    profile=Profile.STRICT,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag grants of everything on tables."""
    tree = step.tree
    grant = tree.action if isinstance(tree, AlterDefaultPrivileges) else tree
    if not isinstance(grant, Grant) or not grant.is_grant or grant.privileges:
        return
    if step.has_catalog and isinstance(tree, Grant):
        return
    names = [one.name for one in grant.grantees if one.kind is RoleKind.CSTRING and one.name]
    if grant.object_type is ObjectType.TABLE and names:
        yield Flag(message=f"ALL gives {', '.join(names)} TRUNCATE, TRIGGER and REFERENCES beside reading and writing")
