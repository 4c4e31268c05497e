"""View or function that shows the application rows of all tenants together.

What: A materialized view or a view without the tenant column in its result, or a SECURITY DEFINER function that never
speaks of the tenant, works on tables of tenants as somebody whom their policies do not bind, and roles of the
application may use it.

Why it matters: Nothing is left that could separate the rows. A total, a list or a change goes over all customers, and
no policy and no WHERE of the caller can narrow it, for the column that would say whose a row is has been left out.

When it is harmless: The figures are meant to be about everybody, and no customer can be recognised in them.

How to fix it safely: Revoke the privilege from the application first, which is what the statement does and what can be
undone. Then give it back with the tenant in the result and a filter on it, or let the view run as its caller.

How it is decided: A materialized view keeps rows that were read without policies; a view without security_invoker and a
SECURITY DEFINER function read as their owner. Only tables with the tenant column count which have row level security
that does not bind that owner. A function's text is searched for whole words: the name of such a table, and neither the
tenant column nor current_setting nor a function whose name speaks of the tenant. If the column is a guess it only
informs.

Known limits: Comments and literals are removed from a function's text before it is read, so SQL that is put together
from strings is not seen. Views that do show the tenant column are the matter of security/view_runs_as_owner.

Sources: https://www.postgresql.org/docs/current/rules-privileges.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Function, Relation
from probes.catalog.rows import PgConstraint, PgProc, PgRewrite, PgType
from probes.check import Needs, Unchecked, check
from probes.checks._support.exposure import (
    EXPOSURE,
    Exposure,
    ExposureAt,
    as_text,
    exposure_of,
    grantee_sql,
    revocations,
)
from probes.checks._support.functions import function_key, function_ref
from probes.checks._support.refs import relation_ref
from probes.checks._support.tenancy import Tenancy, TenancyAt, carriers, tenancy_of
from probes.checks._support.views import evades_policies, everything_behind, tables_read_as
from probes.finding import Fix, Observed, Severity

_READ = frozenset({"SELECT"})
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class At(TenancyAt, frozen=True):
    """What the user may say."""

    application_roles: tuple[str, ...] = ()
    """Roles that the application or its users come as, beside those that are recognised."""


@check(
    title="View or function that mixes tenants",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*EXPOSURE, PgConstraint, PgRewrite, PgProc, PgType)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/rules-privileges.html",),
)
def mixed_tenants(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield what exposed roles may use and what cannot keep tenants apart."""
    tenancy = tenancy_of(catalog, at)
    if tenancy is None:
        return
    exposure = exposure_of(catalog, ExposureAt(application_roles=at.application_roles))
    for view in catalog.relations_of("mv"):
        if exposure.on(view, _READ):
            names = _mixed_in(view, tenancy)
            if names:
                yield _observed_view(view, names, exposure, tenancy)
    for function in catalog.functions:
        if function.row.security_definer and exposure.on_function(function):
            yield from _of_function(function, exposure, tenancy)


def _mixed_in(view: Relation, tenancy: Tenancy) -> list[str]:
    """Tables of tenants behind a view whose result does not tell them apart."""
    if any(row.name == tenancy.column for row in view.column_rows):
        return []
    if view.row.kind == "m":
        behind = [table for table in everything_behind(view) if table.row.row_security]
    else:
        behind = [
            table
            for table, reader in tables_read_as(view, None)
            if reader is not None and evades_policies(view.catalog, reader, table)
        ]
    return sorted({table.qualified_name for table in behind if table.oid in tenancy.carriers})


def _observed_view(view: Relation, names: list[str], exposure: Exposure, tenancy: Tenancy) -> Observed:
    principals = exposure.on(view, _READ)
    return Observed(
        object=relation_ref(view),
        message=(
            f"{view.kind.noun} {view.qualified_name} gives {as_text(principals)} rows of all tenants of "
            f"{', '.join(names[:3])} and leaves {tenancy.named} out, so nothing can separate them"
        ),
        evidence={"tables": tuple(names), "roles": tuple(sorted(principals)), "tenant_column": tenancy.how},
        remedy=Fix(
            sql=revocations(exposure, view, _READ),
            changes=("pg_class", "pg_attribute"),
            note="Queries of these roles on it fail from then on. Give it back with the tenant in it, and a filter.",
        ),
        severity=tenancy.severity(),
        confidence=tenancy.confidence,
    )


def _of_function(function: Function, exposure: Exposure, tenancy: Tenancy) -> Iterator[Observed | Unchecked]:
    if function.row.source is None:
        if function.row.language not in ("c", "internal"):
            yield Unchecked(function_ref(function), "its text was not read", "the privilege to read pg_proc.prosrc")
        return
    words = {word.lower() for word in _WORD.findall(function.row.source)}
    stem = tenancy.column.lower().removesuffix("id").rstrip("_")
    if "current_setting" in words or any(stem in word for word in words):
        return
    names = sorted(
        table.qualified_name
        for table in carriers(function.catalog, tenancy)
        if table.name.lower() in words and evades_policies(function.catalog, function.row.owner, table)
    )
    if names:
        yield _observed_function(function, names, exposure, tenancy)


def _observed_function(function: Function, names: list[str], exposure: Exposure, tenancy: Tenancy) -> Observed:
    principals = exposure.on_function(function)
    holders = {0}.union(*(role.holds for role in exposure.roles))
    grantees = {grant.grantee for grant in function.grants if grant.privilege == "EXECUTE"}
    exposed = sorted((grantees & holders) - {function.row.owner})
    kind = "procedure" if function.row.kind == "p" else "function"
    return Observed(
        object=function_ref(function),
        message=(
            f"{function.noun} {function.qualified_name} works on {', '.join(names[:3])} past their policies and never "
            f"asks for {tenancy.named}; {as_text(principals)} may call it"
        ),
        evidence={"tables": tuple(names), "roles": tuple(sorted(principals)), "tenant_column": tenancy.how},
        remedy=Fix(
            sql=tuple(
                f"revoke execute on {kind} {function.signature} from {grantee_sql(function.catalog, oid)}"
                for oid in exposed
            ),
            changes=("pg_proc",),
            note="Calls by these roles fail from then on. Give it back when it filters by the tenant of its caller.",
        ),
        severity=tenancy.severity(),
        confidence=tenancy.confidence,
        key=function_key(function),
    )
