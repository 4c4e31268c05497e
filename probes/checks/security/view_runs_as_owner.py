"""View through which policies are evaded.

What: An exposed role may use a view that reads a table with row level security as a role which its policies do not
bind.

Why it matters: A view reads its tables with its owner's rights unless it says otherwise. Where the owner is a
superuser, has BYPASSRLS or owns the table, the view shows the rows of every tenant, and through a simple view they can
be changed.

When it is harmless: The view filters or sums up by itself what everybody may see, and was reviewed as carefully as a
policy is.

How to fix it safely: From 15 on set security_invoker: the table's policies and grants are then those of the caller,
who needs SELECT on the tables behind it. Before 15 give the view to a role that the policies bind, or filter inside it
and make it a security barrier.

How it is decided: The tables that the view's query depends on are followed, through other views with their own owners
and options. A table counts when it has row level security and the role it is read as evades it: by being superuser, by
BYPASSRLS, or by owning a table that is not forced. A view without security_invoker over a table that has no policies
is not reported: to grant a view instead of its table is an old and good way of showing some columns.

Known limits: Functions that the view calls are not followed. See security/matview_exposed for materialized views.

Sources: https://www.postgresql.org/docs/current/sql-createview.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgRewrite
from probes.check import Needs, check
from probes.checks._support.exposure import EXPOSURE, ExposureAt, Principals, as_text, exposure_of
from probes.checks._support.refs import relation_ref
from probes.checks._support.views import evades_policies, runs_as_caller, tables_read_as
from probes.finding import Advice, Fix, Observed, Severity

_SECURITY_INVOKER_SINCE = 150000


@check(
    title="View that evades row level security",
    severity=Severity.HIGH,
    needs=Needs(areas=(*EXPOSURE, PgRewrite)),
    thresholds=ExposureAt,
    sources=("https://www.postgresql.org/docs/current/sql-createview.html",),
)
def view_runs_as_owner(catalog: Catalog, at: ExposureAt) -> Iterator[Observed]:
    """Yield each view that shows exposed roles rows which policies would hide."""
    exposure = exposure_of(catalog, at)
    for view in catalog.relations_of("v"):
        if runs_as_caller(view):
            continue
        principals = exposure.on(view)
        evaded = list(_evaded(view)) if principals else []
        if evaded:
            yield _observed(view, evaded, principals)


def _evaded(view: Relation) -> Iterator[Relation]:
    for table, reader in tables_read_as(view, None):
        if reader is not None and evades_policies(view.catalog, reader, table):
            yield table


def _observed(view: Relation, tables: list[Relation], principals: Principals) -> Observed:
    names = tuple(sorted({table.qualified_name for table in tables}))
    owner = view.owner.name if view.owner else None
    return Observed(
        object=relation_ref(view),
        message=(
            f"view {view.qualified_name} shows {as_text(principals)} rows of {', '.join(names[:3])} that policies hide:"
            f" it reads as {owner or 'its owner'}, whom they do not bind"
        ),
        evidence={"owner": owner, "tables": names, "roles": tuple(sorted(principals))},
        remedy=_remedy(view),
    )


def _remedy(view: Relation) -> Fix | Advice:
    if view.catalog.server.version_num < _SECURITY_INVOKER_SINCE:
        return Advice(
            "Before PostgreSQL 15 a view always reads as its owner. Give it to a role that the policies bind and that "
            "may read the tables; which role that is, only you know."
        )
    return Fix(
        sql=(f"alter view {view.sql} set (security_invoker = true)",),
        changes=("pg_class",),
        note="Callers then need SELECT on the tables behind the view, and see what the policies show them.",
    )
