"""Policy that lets every tenant through.

What: A permissive policy on a table of tenants' rows, or one branch of an OR in it, depends on nothing but the row
itself. Whoever asks, and for whichever tenant, gets the same rows.

Why it matters: Permissive policies are joined by OR. One of them that says `is_shared` or `status = 'published'`
undoes the tenant's policy beside it for all rows with that mark: every customer reads them, or changes them, whoever
set the mark.

When it is harmless: The rows are published to all customers on purpose, as offers in a market are. Write such a policy
FOR SELECT only, and say so in a comment on it.

How to fix it safely: Join the tenant's condition to it with AND, or make the policy RESTRICTIVE if it was meant to
narrow what the other one allows. ALTER POLICY takes a short lock and holds for the next query. Which of the two was
meant, nobody but you can say.

How it is decided: Conditions are parsed. One without a function call, subquery or value of the session comes out the
same for everybody. Restrictive policies of the table that mention the tenant, for the same command, settle it. Only
policies count that apply to a role of the application with the privilege. Conditions that are always true for writing
are the matter of security/policy_always_true.

Known limits: A function that ignores who asks is taken for one that does not.

Sources: https://www.postgresql.org/docs/current/sql-createpolicy.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.expression import Expression, text_of
from probes.catalog.navigation import Policy
from probes.catalog.navigation.security import PolicyCommand
from probes.catalog.rows import PgConstraint, PgPolicy, PgType
from probes.check import Needs, Unchecked, check
from probes.checks._support import policies as p
from probes.checks._support.exposure import EXPOSURE, Exposure, ExposureAt, exposure_of
from probes.checks._support.tenancy import Tenancy, TenancyAt, tenancy_of
from probes.checks._support.tenant_policies import names_tenant, open_branch, policies_of_tenants
from probes.finding import Advice, Observed, Severity

_ADVICE = Advice(
    "Join the tenant's condition to it with AND (ALTER POLICY ... USING), or make it AS RESTRICTIVE if it was meant to "
    "narrow. If the rows are published to all customers on purpose, keep it FOR SELECT alone. No catalog says which it "
    "is."
)


class At(TenancyAt, frozen=True):
    """What the user may say."""

    application_roles: tuple[str, ...] = ()
    """Roles that the application or its users come as, beside those that are recognised."""


@check(
    title="Policy that lets every tenant through",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*EXPOSURE, PgConstraint, PgPolicy, PgType)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/sql-createpolicy.html",),
)
def policy_not_by_tenant(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each policy of which a branch is the same for all tenants."""
    tenancy = tenancy_of(catalog, at)
    if tenancy is None:
        return
    exposure = exposure_of(catalog, ExposureAt(application_roles=at.application_roles))
    for policy in policies_of_tenants(catalog, tenancy):
        if reason := p.unread_reason(policy):
            yield Unchecked(p.policy_ref(policy), reason)
        elif policy.row.permissive:
            commands = [one for one in p.commands_of(policy) if _is_open(policy, one, tenancy, exposure)]
            if commands:
                yield _observed(policy, commands, tenancy)


def _is_open(policy: Policy, command: PolicyCommand, tenancy: Tenancy, exposure: Exposure) -> bool:
    condition = _governing(policy, command)
    text = text_of(condition)
    if text is None or open_branch(p.parsed(text)) is None:
        return False
    if command is not PolicyCommand.SELECT and p.is_always_true(condition, p.columns_without_null(policy.relation)):
        return False
    if any(_narrows(other, command, tenancy) for other in policy.relation.policies):
        return False
    return bool(exposure.bound_by(policy.row.roles, policy.relation, p.PRIVILEGE_OF[command]))


def _governing(policy: Policy, command: PolicyCommand) -> Expression | None:
    return p.new_rows(policy) if command is PolicyCommand.INSERT else p.seen_rows(policy)


def _narrows(other: Policy, command: PolicyCommand, tenancy: Tenancy) -> bool:
    is_for_it = not other.row.permissive and command in p.commands_of(other)
    return is_for_it and names_tenant(_governing(other, command), tenancy)


def _observed(policy: Policy, commands: list[PolicyCommand], tenancy: Tenancy) -> Observed:
    words = tuple(p.PRIVILEGE_OF[command] for command in commands)
    writes = any(command is not PolicyCommand.SELECT for command in commands)
    return Observed(
        object=p.policy_ref(policy),
        message=(
            f"policy {policy.name} of {policy.relation.qualified_name} allows {', '.join(words)} without "
            f"asking for {tenancy.named}: the rows that it lets through are open to every tenant"
        ),
        evidence={"commands": words, "tenant_column": tenancy.how},
        remedy=_ADVICE,
        severity=tenancy.severity(Severity.HIGH if writes else None),
        confidence=tenancy.confidence,
    )
