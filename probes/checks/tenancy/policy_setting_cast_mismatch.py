"""Policy that compares the tenant column in another type.

What: A policy casts the session's tenant, or the tenant column itself, to a type that is not the column's.

Why it matters: When the column is what gets cast, no index on it can be used and each query reads all tenants' rows.
When the setting is cast to a smaller type than the column's, the day comes when a tenant's number no longer fits and
every statement of that customer fails with an error about a value out of range.

When it is harmless: The table is small and stays so, and the numbers stay small.

How to fix it safely: Cast the setting to the column's type and leave the column alone. ALTER POLICY exchanges the
expression under a short lock; compare EXPLAIN of a typical query before and after.

How it is decided: Equality of the tenant column with something that calls current_setting is looked for in every
condition joined by AND. A varchar column that the server reads as text without converting it does not count. The remedy
is offered where the whole expression is that one comparison with a plain current_setting; else it is advice.

Known limits: Casts inside a function that the policy calls are not seen.

Sources: https://www.postgresql.org/docs/current/typeconv-oper.html
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.names import literal, quoted
from probes.catalog.navigation import Policy
from probes.catalog.rows import PgPolicy, PgType
from probes.check import Needs, Unchecked, check
from probes.checks._support.policies import clauses, parsed, policy_ref, unread_reason
from probes.checks._support.tenancy import TENANCY, Tenancy, TenancyAt, tenancy_of
from probes.checks._support.tenant_policies import policies_of_tenants, tenant_column_type
from probes.finding import Advice, Fix, Observed, Severity
from probes.sql.expressions import model as m

_TEXTS = frozenset({"text", "varchar", "bpchar"})


class _Comparison(msgspec.Struct, frozen=True):
    """The tenant column beside a setting."""

    column_cast: str | None
    value_cast: str | None
    setting: str | None
    """The setting's name where the other side is no more than that setting."""


@check(
    title="Policy that compares the tenant column in another type",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*TENANCY, PgPolicy, PgType)),
    thresholds=TenancyAt,
    sources=("https://www.postgresql.org/docs/current/typeconv-oper.html",),
)
def policy_setting_cast_mismatch(catalog: Catalog, at: TenancyAt) -> Iterator[Observed | Unchecked]:
    """Yield each policy whose comparison with the setting is not in the column's own type."""
    tenancy = tenancy_of(catalog, at)
    for policy in policies_of_tenants(catalog, tenancy) if tenancy else ():
        if reason := unread_reason(policy):
            yield Unchecked(policy_ref(policy), reason)
            continue
        kind = tenant_column_type(policy.relation, tenancy) if tenancy else None
        found = next((one for one in _comparisons(policy, tenancy) if kind and _differs(one, kind)), None)
        if found and kind and tenancy:
            yield _observed(policy, found, kind, tenancy)


def _comparisons(policy: Policy, tenancy: Tenancy | None) -> Iterator[_Comparison]:
    for _, expression in clauses(policy):
        text = text_of(expression)
        for part in _conjuncts(parsed(text)) if text and tenancy else ():
            found = _comparison(part, tenancy.column) if tenancy else None
            if found:
                yield found


def _conjuncts(condition: m.Expression) -> Iterator[m.Expression]:
    if isinstance(condition, m.And):
        for arg in condition.args:
            yield from _conjuncts(arg)
    else:
        yield condition


def _comparison(condition: m.Expression, column: str) -> _Comparison | None:
    if not isinstance(condition, m.Operator) or condition.name != "=" or condition.left is None:
        return None
    for one, other in ((condition.left, condition.right), (condition.right, condition.left)):
        bare, column_cast = _uncast(one)
        if isinstance(bare, m.Column) and bare.name == column and _asks_setting(other):
            value, value_cast = _uncast(_output(other))
            return _Comparison(column_cast, value_cast, _setting(value))
    return None


def _uncast(expression: m.Expression) -> tuple[m.Expression, str | None]:
    if isinstance(expression, m.Cast):
        return expression.arg, expression.type
    return expression, None


def _output(expression: m.Expression) -> m.Expression:
    """What an uncorrelated `(select expression)` gives; the expression itself otherwise."""
    if isinstance(expression, m.Subquery) and expression.only_output is not None:
        return expression.only_output
    return expression


def _asks_setting(expression: m.Expression) -> bool:
    return any(isinstance(part, m.Call) and part.name == ("current_setting",) for part in m.walk(_output(expression)))


def _setting(value: m.Expression) -> str | None:
    if isinstance(value, m.Call) and value.name == ("current_setting",) and value.args:
        name, _ = _uncast(value.args[0])
        return name.value if isinstance(name, m.Constant) and isinstance(name.value, str) else None
    return None


def _differs(found: _Comparison, kind: str) -> bool:
    if found.column_cast is not None:
        return not (found.column_cast in _TEXTS and kind in _TEXTS)
    value = found.value_cast or "text"
    return value != kind and not (value in _TEXTS and kind in _TEXTS)


def _observed(policy: Policy, found: _Comparison, kind: str, tenancy: Tenancy) -> Observed:
    if found.column_cast:
        words = f"casts {tenancy.named} from {kind} to {found.column_cast}: no index on the column helps"
    else:
        words = f"casts the setting to {found.value_cast or 'text'} and {tenancy.named} is {kind}"
    return Observed(
        object=policy_ref(policy),
        message=f"policy {policy.name} of {policy.relation.qualified_name} {words}",
        evidence={"column_type": kind, "column_cast": found.column_cast, "value_cast": found.value_cast},
        remedy=_remedy(policy, found, tenancy),
        severity=tenancy.severity(),
        confidence=tenancy.confidence,
    )


def _remedy(policy: Policy, found: _Comparison, tenancy: Tenancy) -> Fix | Advice:
    texts = [text_of(expression) for _, expression in clauses(policy)]
    alone = all(text and _comparison(parsed(text), tenancy.column) == found for text in texts)
    column = policy.relation.column(tenancy.carriers[policy.relation.oid])
    if not alone or found.setting is None or column is None:
        return Advice(
            f"Cast the setting to the type of {tenancy.column} and leave the column as it is. The expression says more "
            "than this one comparison, so it is yours to rewrite."
        )
    value = f"nullif(pg_catalog.current_setting({literal(found.setting)}, true), '')::{column.type.base.sql}"
    condition = f"{quoted(column.name)} = (select {value})"
    parts = " ".join(f"{words.lower()} ({condition})" for words, _ in clauses(policy))
    return Fix(
        sql=(f"alter policy {policy.sql} on {policy.relation.sql} {parts}",),
        changes=("pg_policy", "pg_depend"),
        note="A session without the setting sees no rows; a value that is no such type still raises.",
    )
