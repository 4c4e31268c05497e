"""Policy that calls a function for every row.

What: A policy's condition calls a stable function, such as current_setting or one that reads the user from a token,
with arguments that are the same for every row, but outside of a subquery of its own.

Why it matters: The function runs once for each row that is looked at, a hundred thousand times in a scan of a hundred
thousand rows. Inside `(select ...)` the planner runs it once and compares its result, and can use an index on the
column it is compared with.

When it is harmless: The table stays small, or every query finds its few rows by another index first.

How to fix it safely: Wrap the call: `tenant_id = (select current_setting('app.tenant_id')::bigint)`. The value of a
stable function cannot change within a statement, so the result is the same. ALTER POLICY takes a short ACCESS
EXCLUSIVE lock.

How it is decided: The condition is parsed. A call counts when it stands outside of any subquery, or in one that refers
to the row, so that one wrapped call does not hide another that is bare; when it takes no column; and when the function
is known to be stable. Volatile functions are a matter for security/policy_per_row_function.

Known limits: Of the server's own functions only current_setting is judged; the others cost next to nothing.

Sources: https://www.postgresql.org/docs/current/ddl-rowsecurity.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.navigation import Policy
from probes.catalog.rows import PgPolicy, PgProc
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.policies import clauses, policy_ref, unread_reason
from probes.checks._support.policy_calls import is_bare, repeated_calls, wrapped
from probes.checks._support.refs import SCOPE
from probes.finding import Advice, Fix, Observed, Severity


@check(
    title="Policy calls a function for every row",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgPolicy, PgProc)),
    sources=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
)
def policy_function_not_initplan(catalog: Catalog, _at: Thresholds) -> Iterator[Observed | Unchecked]:
    """Yield each policy with calls that could run once."""
    for policy in catalog.policies:
        reason = unread_reason(policy)
        if reason:
            yield Unchecked(policy_ref(policy), reason)
            continue
        found = {
            call.name
            for _, expression in clauses(policy)
            for call in repeated_calls(catalog, text_of(expression) or "true")
            if is_bare(text_of(expression) or "", call.name)
        }
        if found:
            yield _observed(policy, found)


def _observed(policy: Policy, names: set[tuple[str, ...]]) -> Observed:
    table = policy.relation
    shown = sorted(".".join(name) for name in names)
    return Observed(
        object=policy_ref(policy),
        message=(
            f"policy {policy.name} of {table.qualified_name} runs {', '.join(shown)} for every row: "
            "in a subquery it would run once"
        ),
        evidence={"functions": tuple(shown), "estimated_rows": round(max(table.row.tuples, 0.0))},
        remedy=_remedy(policy, names),
    )


def _remedy(policy: Policy, names: set[tuple[str, ...]]) -> Fix | Advice:
    changed: list[str] = []
    for words, expression in clauses(policy):
        better = wrapped(text_of(expression) or "", names)
        if better is None:
            return Advice("Wrap each call as (select ...). The condition is too unusual to be rewritten for you.")
        changed.append(f"{words.lower()} ({better})")
    return Fix(sql=(f"alter policy {policy.sql} on {policy.relation.sql} {' '.join(changed)}",), changes=("pg_policy",))
