"""Function whose names are looked up by its caller's search_path.

What: A function without a search_path of its own runs with its owner's rights, or stands in an index, a constraint, a
generated column, a policy or a trigger.

Why it matters: With SECURITY DEFINER the caller decides which table or operator the body finds, and has it run with
the owner's rights. In an index or a generated column other names mean other values; since version 17 maintenance runs
with a fixed path, and REINDEX or ANALYZE fails on names it does not find there.

When it is harmless: The body writes every name with its schema.

How to fix it safely: Set a search_path for the function: its own schema, if only trusted roles create there, and
pg_temp last. Names from other schemas must then be written out, so read the body. A function with a setting of its own
is no longer inlined into queries.

How it is decided: No search_path among its settings. Bodies of BEGIN ATOMIC and compiled functions look nothing up
when they run. Ordinary functions with their caller's rights are not reported: whoever sets the path can only cheat
himself.

Known limits: The body is not parsed for names without a schema.

Sources: https://www.postgresql.org/docs/current/sql-createfunction.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Function
from probes.catalog.rows import PgAttrdef, PgAttribute, PgAuthMembers, PgDepend, PgProc, PgRole, PgTrigger, PgType
from probes.check import Needs, Thresholds, check
from probes.checks._support.functions import function_key, function_ref, is_bound_late
from probes.checks._support.refs import SCOPE
from probes.checks._support.search_paths import creators, fixed_path
from probes.finding import Fix, Observed, Severity

_USES = {"pg_class": "an index", "pg_constraint": "a constraint", "pg_policy": "a policy"}


@check(
    title="Function with its caller's search_path",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgProc, PgType, PgRole, PgAuthMembers, PgAttrdef, PgAttribute, PgTrigger)),
    sources=("https://www.postgresql.org/docs/current/sql-createfunction.html",),
)
def function_search_path_mutable(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield each function that others rely on and whose names others choose."""
    uses = _uses(catalog)
    for function in catalog.functions:
        if fixed_path(function) is not None or not is_bound_late(function):
            continue
        if function.row.security_definer:
            yield _observed(function, "it runs with its owner's rights", Severity.HIGH)
        elif use := uses.get(function.oid):
            yield _observed(function, f"it is used by {use}", None if use != "a trigger" else Severity.INFO)


def _uses(catalog: Catalog) -> dict[int, str]:
    """What functions are used by, where that is not a query."""
    found = {row.function: "a trigger" for row in catalog.rows(PgTrigger) if not row.is_internal}
    for row in catalog.rows(PgDepend):
        if row.referenced_catalog != "pg_proc":
            continue
        if row.catalog in _USES:
            found[row.referenced] = _USES[row.catalog]
        elif row.catalog == "pg_attrdef" and _is_generated(catalog, row.object):
            found[row.referenced] = "a generated column"
    return found


def _is_generated(catalog: Catalog, default_oid: int) -> bool:
    """Whether the default is the expression of a generated column."""
    default = catalog.find(PgAttrdef, default_oid)
    table = catalog.relation(default.relation) if default else None
    column = table.column_row(default.column) if default and table else None
    return column is not None and bool(column.generated)


def _observed(function: Function, reason: str, severity: Severity | None) -> Observed:
    trusted = not list(creators(function.catalog, function.schema, function.row.owner))
    path = quoted(function.schema) if trusted else "pg_catalog"
    return Observed(
        object=function_ref(function),
        message=f"{function.noun} {function.schema}.{function.name} has no search_path of its own: {reason}",
        evidence={"security_definer": function.row.security_definer, "language": function.row.language},
        remedy=Fix(
            sql=(f"alter {function.noun} {function.signature} set search_path = {path}, pg_temp",),
            changes=("pg_proc",),
            note="Read the body first: names from other schemas must be written with their schema from then on.",
        ),
        severity=severity,
        key=function_key(function),
    )
