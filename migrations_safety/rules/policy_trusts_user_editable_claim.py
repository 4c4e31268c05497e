"""A policy decides by what users can write themselves.

What: A policy whose expression reads user_metadata (or raw_user_meta_data) of the token.

Why it matters: Every user may write this part of their own account with one call of the API: who wants to be an
administrator says so.

When it is harmless: The value only narrows what the user sees, and another policy guards the rest.

What to do: app_metadata, which only the server writes, or a table of your own.

Known limits: Goes by the names of the claims. With a database it is silent:
security/policy_trusts_user_editable_claim says the same of the tables as they will be.

Sources: https://supabase.com/docs/guides/database/postgres/row-level-security

Unsafe (without a catalog)::

    create table orders (id bigint primary key);
    create policy admins on orders using (auth.jwt() -> 'user_metadata' ->> 'role' = 'admin');

Safe (without a catalog)::

    create table orders (id bigint primary key);
    create policy admins on orders using (auth.jwt() -> 'app_metadata' ->> 'role' = 'admin');
"""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.rule import Area, Flag, script_rule
from migrations_safety.rules._standing import said_by
from migrations_safety.script_view import Script
from migrations_safety.timeline import Step
from probes.checks.security.policy_trusts_user_editable_claim import policy_trusts_user_editable_claim
from probes.finding import Severity


@script_rule(
    "Policy that trusts what users can edit",
    area=Area.SECURITY,
    severity=Severity.HIGH,
    triggers=("CreatePolicy", "AlterPolicy"),
    checks=("security/policy_trusts_user_editable_claim",),
)
def judge(script: Script) -> Iterator[tuple[Step, Flag]]:
    """Flag what the check says of what the script makes."""
    yield from said_by(script, policy_trusts_user_editable_claim)
