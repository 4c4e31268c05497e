"""Whoever gets the privilege may pass it on.

What: GRANT ... WITH GRANT OPTION, or GRANT role ... WITH ADMIN OPTION.

Why it matters: From then on who may do what is decided in more than one place. What was passed on does not go away
with the grantee's own privilege unless it is revoked with CASCADE, and then more goes than anybody looked at.

When it is harmless: The role manages the rights of a team, on purpose.

What to do: Grant to a role without login and add members; leave the granting to the owner.

Known limits: The roles that a provider of a managed server makes for administration look like any other.

Sources: https://www.postgresql.org/docs/current/sql-grant.html

Given::

    create table orders (id bigint primary key);
    create role reports;
    create role app;

Unsafe::

    grant select on orders to reports with grant option;

Unsafe::

    grant reports to app with admin option;

Safe::

    grant select on orders to reports;

Safe::

    grant reports to app;
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, Profile, rule
from migrations_safety.timeline import Step
from probes.finding import Severity
from probes.sql.tree.administration import Grant, GrantRole


@rule(
    "Privilege that may be passed on",
    area=Area.SECURITY,
    severity=Severity.INFO,
    triggers=("Grant", "GrantRole"),
    profile=Profile.STRICT,
)
def judge(step: Step) -> Iterator[Flag]:
    """Flag grants with the right to grant."""
    match step.tree:
        case Grant(is_grant=True, grant_option=True):
            what = "the privilege"
        case GrantRole(is_grant=True) as tree if any(one.name == "admin" and one.is_on for one in tree.options):
            what = "membership"
        case _:
            return
    yield Flag(message=f"the grantee may give {what} to others, and REVOKE then needs CASCADE")
