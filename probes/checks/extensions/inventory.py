"""Extensions of this database.

What: A list of what is installed, with versions.

Why it matters: Before an upgrade or a move to a managed service each of them has to exist on the other side.

When it is harmless: Information only.

How to fix it safely: Drop what nobody uses: DROP EXTENSION without CASCADE refuses while something depends on it.

How it is decided: Rows of pg_extension; plpgsql, which every database has, is left out.

Known limits: Whether an extension is used is not known.

Sources: https://www.postgresql.org/docs/current/catalog-pg-extension.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgExtension
from probes.check import Needs, Thresholds, check
from probes.checks._support.server_refs import database_ref
from probes.finding import Advice, Observed, Severity


@check(
    title="Installed extensions",
    severity=Severity.INFO,
    needs=Needs(areas=(PgExtension,)),
    sources=("https://www.postgresql.org/docs/current/catalog-pg-extension.html",),
    pedantic=True,
)
def inventory(catalog: Catalog, _at: Thresholds) -> Iterator[Observed]:
    """Yield the list, where there is anything on it."""
    found = tuple(f"{row.name} {row.version}" for row in catalog.rows(PgExtension) if row.name != "plpgsql")
    if found:
        yield Observed(
            object=database_ref(catalog),
            message=f"{len(found)} extensions are installed: {', '.join(sorted(found)[:6])}",
            evidence={"extensions": tuple(sorted(found))},
            remedy=Advice("Nothing to repair. Drop what nobody uses; who uses what the catalog does not tell."),
        )
