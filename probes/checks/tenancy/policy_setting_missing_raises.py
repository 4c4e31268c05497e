"""Policy that fails where its setting was never made.

What: A policy reads a setting of the session with current_setting() and does not say what should happen when there is
none.

Why it matters: A connection that forgot to set it gets an error from every statement on the table: jobs, migrations,
dumps and the one code path that nobody tested. After a transaction that set it locally the setting is left empty
rather than missing, and then the cast of an empty string fails in its place, so the same bug has two faces.

When it is harmless: The error is wanted: a statement without a tenant should stop the program loudly. Returning no row
is the quieter way to refuse.

How to fix it safely: With true as second argument a missing setting gives null, and nullif turns the empty one into
null as well; a comparison with null lets no row through. In a subquery of its own it is read once and not for every
row. ALTER POLICY exchanges the expression under a short lock.

How it is decided: Calls of current_setting with one argument whose name has a dot are looked for in USING and WITH
CHECK; the server's own settings always exist. The remedy rewrites the expression that the server printed and changes
nothing but those calls.

Known limits: Settings read inside a function that the policy calls are not seen.

Sources: https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SET
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.expression import text_of
from probes.catalog.navigation import Policy
from probes.catalog.rows import PgPolicy
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.policies import clauses, policy_ref, unread_reason
from probes.checks._support.refs import SCOPE
from probes.finding import Fix, Observed, Severity

_CALL = re.compile(r"\bcurrent_setting\('((?:[^']|'')*\.(?:[^']|'')*)'::text\)")
"""The call as the server prints it: one argument, a name with a dot."""
_IN_SUBQUERY = re.compile(r"\bSELECT \(?$")
"""What stands before a call that is in a subquery of its own already."""


@check(
    title="Policy that fails where its setting was never made",
    severity=Severity.LOW,
    needs=Needs(areas=(*SCOPE, PgPolicy)),
    sources=("https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SET",),
)
def policy_setting_missing_raises(catalog: Catalog, _at: Thresholds) -> Iterator[Observed | Unchecked]:
    """Yield each policy that raises in a session without the setting."""
    for policy in catalog.policies:
        if reason := unread_reason(policy):
            yield Unchecked(policy_ref(policy), reason)
            continue
        names = sorted({name for _, one in clauses(policy) for name in _settings_read(text_of(one) or "")})
        if names:
            yield _observed(policy, names)


def _observed(policy: Policy, names: list[str]) -> Observed:
    table = policy.relation
    return Observed(
        object=policy_ref(policy),
        message=(
            f"policy {policy.name} raises an error on {table.qualified_name} in every session that has not set "
            f"{', '.join(names)}"
        ),
        evidence={"settings": tuple(names)},
        remedy=Fix(
            sql=(f"alter policy {policy.sql} on {table.sql} {_forgiving(policy)}",),
            changes=("pg_policy", "pg_depend"),
            note="A session without the setting then sees no rows instead of an error.",
        ),
    )


def _forgiving(policy: Policy) -> str:
    parts = [
        f"{words.lower()} ({_rewritten(text)})"
        for words, expression in clauses(policy)
        if (text := text_of(expression)) and _settings_read(text)
    ]
    return " ".join(parts)


@functools.cache
def _settings_read(text: str) -> tuple[str, ...]:
    """Names of the settings; thousands of tables may share one policy's text."""
    return tuple(_CALL.findall(text))


@functools.cache
def _rewritten(text: str) -> str:
    return _CALL.sub(_replaced, text)


def _replaced(call: re.Match[str]) -> str:
    forgiving = f"nullif(pg_catalog.current_setting('{call[1]}', true), '')"
    return forgiving if _IN_SUBQUERY.search(call.string[: call.start()]) else f"(select {forgiving})"
