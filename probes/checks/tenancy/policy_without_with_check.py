"""Policy that lets a row be moved to another tenant.

What: A policy for writing chooses rows by something other than the tenant, has no WITH CHECK of its own, and nothing
else holds the tenant column in place.

Why it matters: Without WITH CHECK the USING expression is asked of the new row too. If it looks at the owner, the
author or a status, it is content with any tenant: UPDATE ... SET tenant = someone else's plants a row in a stranger's
account, and INSERT does the same at once.

When it is harmless: A trigger sets the tenant, or the column is not granted for writing.

How to fix it safely: Give the policy a WITH CHECK that repeats its condition and adds the tenant's. It holds for the
next statement; a statement that relied on the gap fails with an error that names the policy's table.

How it is decided: Permissive policies for ALL, INSERT or UPDATE on tables with the tenant column, applying to a role of
the application that may write them. Their condition mentions the tenant nowhere, subqueries included, and they are not
always true, which security/policy_always_true reports. A restrictive policy that mentions the tenant for the command,
or a foreign key that ties one of the columns in the condition to the tenant, settles it. The tenant's condition for the
remedy is the one that most policies of the database use.

Known limits: Column privileges and triggers that protect the tenant column are not weighed.

Sources: https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.navigation import Policy
from probes.catalog.navigation.security import PolicyCommand
from probes.catalog.rows import PgConstraint, PgPolicy, PgType
from probes.check import Needs, Unchecked, check
from probes.checks._support import policies as p
from probes.checks._support.exposure import EXPOSURE, Exposure, ExposureAt, exposure_of
from probes.checks._support.tenancy import Tenancy, TenancyAt, tenancy_of, ties_tenant
from probes.checks._support.tenant_policies import names_tenant, open_branch, policies_of_tenants, tenant_condition
from probes.finding import Advice, Fix, Observed, Severity
from probes.sql.expressions.inspection import columns

_WRITES = (PolicyCommand.INSERT, PolicyCommand.UPDATE)


class At(TenancyAt, frozen=True):
    """What the user may say."""

    application_roles: tuple[str, ...] = ()
    """Roles that the application or its users come as, beside those that are recognised."""


@check(
    title="Policy that lets a row be moved to another tenant",
    severity=Severity.HIGH,
    needs=Needs(areas=(*EXPOSURE, PgConstraint, PgPolicy, PgType)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
)
def policy_without_with_check(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each policy under which a new row may belong to any tenant."""
    tenancy = tenancy_of(catalog, at)
    if tenancy is None:
        return
    exposure = exposure_of(catalog, ExposureAt(application_roles=at.application_roles))
    for policy in policies_of_tenants(catalog, tenancy):
        if reason := p.unread_reason(policy):
            yield Unchecked(p.policy_ref(policy), reason)
        elif _lets_go(policy, tenancy, exposure):
            yield _observed(policy, tenancy)


def _lets_go(policy: Policy, tenancy: Tenancy, exposure: Exposure) -> bool:
    text = text_of(policy.row.using)
    commands = [command for command in p.commands_of(policy) if command in _WRITES]
    if not policy.row.permissive or policy.row.check is not None or text is None or not commands:
        return False
    condition = p.parsed(text)
    if names_tenant(policy.row.using, tenancy) or open_branch(condition) is not None:
        return False
    if _is_tied(policy, columns(condition), tenancy) or any(
        _holds(other, tenancy) for other in policy.relation.policies
    ):
        return False
    return any(exposure.bound_by(policy.row.roles, policy.relation, p.PRIVILEGE_OF[one]) for one in commands)


def _is_tied(policy: Policy, named: frozenset[str], tenancy: Tenancy) -> bool:
    return any(ties_tenant(tenancy, key) and named & set(key.column_names) for key in policy.relation.foreign_keys)


def _holds(other: Policy, tenancy: Tenancy) -> bool:
    return not other.row.permissive and other.row.command == "*" and names_tenant(p.new_rows(other), tenancy)


def _observed(policy: Policy, tenancy: Tenancy) -> Observed:
    return Observed(
        object=p.policy_ref(policy),
        message=(
            f"policy {policy.name} lets whoever may write a row of {policy.relation.qualified_name} give it any "
            f"{tenancy.named}: its condition does not speak of the tenant and it has no WITH CHECK"
        ),
        evidence={"tenant_column": tenancy.how},
        remedy=_remedy(policy, tenancy),
        severity=tenancy.severity(),
        confidence=tenancy.confidence,
    )


def _remedy(policy: Policy, tenancy: Tenancy) -> Fix | Advice:
    own, tenant = text_of(policy.row.using), tenant_condition(policy.catalog, tenancy)
    if own is None or tenant is None:
        return Advice(
            f"Add WITH CHECK with the policy's condition and one on {tenancy.column}. How this application tells the "
            "server whose session it is, no other policy shows, so the statement is yours to write."
        )
    return Fix(
        sql=(f"alter policy {policy.sql} on {policy.relation.sql} with check (({own}) and ({tenant}))",),
        changes=("pg_policy", "pg_depend"),
        note="The tenant's condition is the one that other policies of this database use.",
    )
