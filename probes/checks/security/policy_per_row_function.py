"""Policy with a function that has to run for every row.

What: A policy calls a volatile function, or one written in a procedural language, on columns of the row.

Why it matters: The server may not skip or reorder such a call, and conditions of the query itself that could leak
values are held back behind it: indexes go unused. A volatile function may even answer differently for each row.

When it is harmless: Few rows get that far, because another condition of the policy finds them by an index.

How to fix it safely: Turn the question round: compare a column with the result of a function that takes no column, or
with `any (array(select ...))` of a membership table. A function in SQL that is STABLE can be inlined; mark it
LEAKPROOF only if it can neither raise an error nor show its arguments. What the function means has to be understood
first, so no statement is offered.

How it is decided: Calls outside of subqueries that run once: volatile functions in any case, stable and immutable ones
when they are in another language than SQL or C, take a column, and are not leakproof.

Known limits: How long the function takes is not measured. SQL functions that cannot be inlined are not recognised.

Sources: https://www.postgresql.org/docs/current/rules-privileges.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.rows import PgNamespace, PgPolicy, PgProc
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.policies import clauses, policy_ref, unread_reason
from probes.checks._support.policy_calls import calls_per_row, takes_no_column
from probes.checks._support.refs import SCOPE
from probes.finding import Advice, Observed, Severity
from probes.sql.expressions import model as m

_QUICK_LANGUAGES = frozenset({"sql", "c", "internal"})


@check(
    title="Policy runs a costly function for every row",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgPolicy, PgProc)),
    sources=("https://www.postgresql.org/docs/current/rules-privileges.html",),
)
def policy_per_row_function(catalog: Catalog, _at: Thresholds) -> Iterator[Observed | Unchecked]:
    """Yield each policy with such calls."""
    for policy in catalog.policies:
        if reason := unread_reason(policy):
            yield Unchecked(policy_ref(policy), reason)
            continue
        names = sorted(
            {
                ".".join(call.name)
                for _, expression in clauses(policy)
                for call in calls_per_row(text_of(expression) or "true")
                if _is_costly(catalog, call)
            }
        )
        if names:
            table = policy.relation
            yield Observed(
                object=policy_ref(policy),
                message=f"policy {policy.name} of {table.qualified_name} runs {', '.join(names)} for every row",
                evidence={"functions": tuple(names)},
                remedy=Advice(
                    "Compare a column with a result that does not depend on the row. The function has to be understood "
                    "for that, so no statement is offered."
                ),
            )


def _is_costly(catalog: Catalog, call: m.Call) -> bool:
    if len(call.name) == 1:
        return False
    schema = catalog.find(PgNamespace, call.name[0], "name")
    for row in catalog.grouped(PgProc, "name").get(call.name[-1], ()):
        if schema and row.namespace == schema.oid:
            slow = row.language not in _QUICK_LANGUAGES and not row.leakproof and not takes_no_column(call)
            if row.volatility == "v" or slow:
                return True
    return False
