"""Materialized view that shows rows which policies hide.

What: An exposed role may read a materialized view that was made from a table with row level security.

Why it matters: A materialized view keeps a copy of what its owner saw. It cannot have policies, so every reader sees
the rows, or the sums over the rows, of all tenants.

When it is harmless: It holds figures that are meant for everybody.

How to fix it safely: Take the privilege away and put a view or function before it that filters by the tenant. Look
first who reads it: those queries fail from then on.

How it is decided: What the materialized view depends on is followed through other views. One without any protected
table behind it is not reported.

Known limits: Functions in its query are not followed. A copy of rows in an ordinary table is not recognised as one.

Sources: https://www.postgresql.org/docs/current/rules-materializedviews.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgRewrite
from probes.check import Needs, check
from probes.checks._support.exposure import EXPOSURE, ExposureAt, as_text, exposure_of, revocations
from probes.checks._support.refs import relation_ref
from probes.checks._support.views import everything_behind
from probes.finding import Fix, Observed, Severity

_READ = frozenset({"SELECT"})


@check(
    title="Materialized view of protected rows",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*EXPOSURE, PgRewrite)),
    thresholds=ExposureAt,
    sources=("https://www.postgresql.org/docs/current/rules-materializedviews.html",),
)
def matview_exposed(catalog: Catalog, at: ExposureAt) -> Iterator[Observed]:
    """Yield each readable materialized view made from protected tables."""
    exposure = exposure_of(catalog, at)
    for view in catalog.relations_of("m"):
        if not (principals := exposure.on(view, _READ)):
            continue
        behind = sorted(table.qualified_name for table in everything_behind(view) if table.row.row_security)
        if behind:
            yield Observed(
                object=relation_ref(view),
                message=(
                    f"materialized view {view.qualified_name} shows {as_text(principals)} a copy of rows of "
                    f"{', '.join(behind[:3])} that no policy filters"
                ),
                evidence={"tables": tuple(behind), "roles": tuple(sorted(principals))},
                remedy=Fix(
                    sql=revocations(exposure, view, _READ),
                    changes=("pg_class", "pg_attribute"),
                    note="Queries of these roles on it fail from then on: give them a view with a filter first.",
                ),
            )
