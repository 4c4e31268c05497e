"""Policy that believes what the user may write himself.

What: A policy reads a part of the access token, or a column, that the user can change through the login service.

Why it matters: In Supabase and its kin the metadata of a user are for the user to edit. Who writes `"role": "admin"`
or another tenant's id there is let in by the policy.

When it is harmless: The part is used for something that gives no rights, such as a language.

How to fix it safely: Put what decides on rights into app_metadata, which only the service may write, or into a table
of your own that the policy looks up; then change the policy. Existing values need a look: they may already be forged.
No statement can move them for you.

How it is decided: A literal or a name in the condition is `user_metadata` or `raw_user_meta_data`, or another that you
configure as `untrusted_claims`.

Known limits: A function that the policy calls may read the same and is not looked into.

Sources: https://supabase.com/docs/guides/database/postgres/row-level-security
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.rows import PgPolicy
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.policies import clauses, policy_ref, unread_reason
from probes.checks._support.refs import SCOPE
from probes.finding import Advice, Observed, Severity


class At(Thresholds, frozen=True):
    """What the user may say."""

    untrusted_claims: tuple[str, ...] = ("user_metadata", "raw_user_meta_data")
    """Keys of a token, or columns, that users can write."""


@check(
    title="Policy trusts what the user can edit",
    severity=Severity.CRITICAL,
    needs=Needs(areas=(*SCOPE, PgPolicy)),
    thresholds=At,
    sources=("https://supabase.com/docs/guides/database/postgres/row-level-security",),
)
def policy_trusts_user_editable_claim(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each policy that names an untrusted claim."""
    if not at.untrusted_claims:
        return
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, at.untrusted_claims))})\b")
    for policy in catalog.policies:
        if reason := unread_reason(policy):
            yield Unchecked(policy_ref(policy), reason)
            continue
        found = {match for _, expression in clauses(policy) for match in pattern.findall(text_of(expression) or "")}
        if found:
            table = policy.relation
            yield Observed(
                object=policy_ref(policy),
                message=(
                    f"policy {policy.name} of {table.qualified_name} decides by {', '.join(sorted(found))}, "
                    "which users can write themselves"
                ),
                evidence={"claims": tuple(sorted(found))},
                remedy=Advice(
                    "Decide by app_metadata or by a table of your own. Moving the values there is a decision about "
                    "each of them, so no statement is offered."
                ),
            )
