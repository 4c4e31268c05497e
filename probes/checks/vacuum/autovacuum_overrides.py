"""Table with vacuum parameters of its own.

What: Storage parameters of a table override autovacuum's settings.

Why it matters: They were chosen for the table as it was. Whoever tunes the server later wonders why one table does not
follow.

When it is harmless: Nearly always: it is the right way to treat one large table differently. The list is there to be
read, so it comes on request.

How to fix it safely: Reset what nobody can explain any more.

How it is decided: pg_class.reloptions holds parameters that begin with autovacuum_, other than autovacuum_enabled,
which has a check of its own.

Known limits: None.

Sources: https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-STORAGE-PARAMETERS
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.check import Needs, check
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Fix, Observed, Severity


@check(
    title="Table with vacuum parameters of its own",
    severity=Severity.INFO,
    needs=Needs(areas=SCOPE),
    sources=("https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-STORAGE-PARAMETERS",),
    pedantic=True,
)
def autovacuum_overrides(catalog: Catalog, at: object) -> Iterator[Observed]:  # noqa: ARG001 - no thresholds
    """Yield each table with storage parameters of autovacuum."""
    for table in catalog.relations:
        own = [text for text in table.row.options if _overrides(text)]
        own += [f"toast.{text}" for text in table.row.toast_options if _overrides(text)]
        if own:
            names = ", ".join(text.partition("=")[0] for text in own)
            kind = "materialized view" if table.row.kind == "m" else "table"
            yield Observed(
                object=relation_ref(table),
                message=f"{table.qualified_name} has vacuum parameters of its own: {', '.join(own)}",
                evidence={"parameters": tuple(own)},
                remedy=Fix(sql=(f"alter {kind} {table.sql} reset ({names})",), changes=("pg_class",)),
            )


def _overrides(text: str) -> bool:
    return text.startswith("autovacuum_") and not text.startswith("autovacuum_enabled=")
