"""View over a table that holds identities or secrets.

What: An exposed role can read a view or materialized view that was made from a table you called sensitive; auth.users
is one from the start.

Why it matters: A convenient view of users carries addresses, phone numbers and password hashes along, often with
`select *`, to everybody who can reach the API.

When it is harmless: The view names a few harmless columns and was reviewed.

How to fix it safely: Revoke SELECT and offer a table of profiles with just the public columns, kept by a trigger.
Clients that used the view fail until they use that.

How it is decided: Dependencies are followed through views and materialized views. A view with security_invoker over a
sensitive table that has row level security is left out: its policies bind the caller.

Known limits: Which columns the view really shows is not weighed.

Sources: https://www.postgresql.org/docs/current/rules-privileges.html
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgRewrite
from probes.check import Needs, check
from probes.checks._support.exposure import EXPOSURE, ExposureAt, as_text, exposure_of, revocations
from probes.checks._support.refs import relation_ref
from probes.checks._support.views import everything_behind, tables_read_as
from probes.finding import Fix, Observed, Severity

_READ = frozenset({"SELECT"})


class At(ExposureAt, frozen=True):
    """What the user may say."""

    sensitive_tables: tuple[str, ...] = ("auth.users",)
    """Globs over schema.table."""


@check(
    title="View over a sensitive table",
    severity=Severity.CRITICAL,
    needs=Needs(areas=(*EXPOSURE, PgRewrite)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/rules-privileges.html",),
)
def view_exposes_sensitive_table(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each readable view over a sensitive table."""
    exposure = exposure_of(catalog, at)
    for view in catalog.relations_of("mv"):
        if not (principals := exposure.on(view, _READ)):
            continue
        names = sorted(table.qualified_name for table in _shown(view) if _matches(table, at.sensitive_tables))
        if names:
            yield Observed(
                object=relation_ref(view),
                message=f"{view.qualified_name} shows {as_text(principals)} rows of {', '.join(names)}",
                evidence={"tables": tuple(names), "roles": tuple(sorted(principals))},
                remedy=Fix(
                    sql=revocations(exposure, view, _READ),
                    changes=("pg_class", "pg_attribute"),
                    note="Clients that read it fail from then on: offer a table with just the public columns first.",
                ),
            )


def _shown(view: Relation) -> Iterator[Relation]:
    """Tables behind the view whose policies do not bind its reader."""
    if view.row.kind == "m":
        yield from everything_behind(view)
        return
    for table, reader in tables_read_as(view, None):
        if reader is not None or not table.row.row_security:
            yield table


def _matches(table: Relation, globs: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(table.qualified_name, glob) for glob in globs)
