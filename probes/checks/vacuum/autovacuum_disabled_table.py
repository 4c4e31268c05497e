"""Table that autovacuum passes by.

What: autovacuum_enabled is false in the storage parameters of a table, or of its TOAST table.

Why it matters: Dead rows are never removed and statistics never renewed, so the table grows without bound and plans go
wrong, slowly enough that nobody connects it with the parameter. Only the vacuum against wraparound still comes, late,
and then has everything to do at once.

When it is harmless: A load is running that vacuums by itself at the end, or a job of your own vacuums the table at a
better hour.

How to fix it safely: Reset the parameter (a short SHARE UPDATE EXCLUSIVE lock) and vacuum the table once at a quiet
time. If autovacuum was in the way, set its cost limits or thresholds for the table instead.

How it is decided: By pg_class.reloptions of tables, partitions and materialized views. Below ten megabytes the finding
is low.

Known limits: Whether a job of your own takes care of the table is seen only in the time of its last vacuum.

Sources: https://www.postgresql.org/docs/current/sql-createtable.html#RELOPTION-AUTOVACUUM-ENABLED
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.check import Needs, Thresholds, check
from probes.checks._support.autovacuum import is_switched_off
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Fix, Observed, Severity


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    small_table_bytes: int = 10_485_760
    """Below this the finding is low."""


@check(
    title="Table without autovacuum",
    severity=Severity.HIGH,
    needs=Needs(areas=SCOPE),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/sql-createtable.html#RELOPTION-AUTOVACUUM-ENABLED",),
)
def autovacuum_disabled_table(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each relation for which autovacuum is switched off."""
    for table in catalog.relations:
        heap_off, toast_off = is_switched_off(table.row.options), is_switched_off(table.row.toast_options)
        if not heap_off and not toast_off:
            continue
        table_bytes = (table.row.pages + table.row.toast_pages) * catalog.server.block_size
        names = ["autovacuum_enabled"] * heap_off + ["toast.autovacuum_enabled"] * toast_off
        what = "" if heap_off else "the TOAST table of "
        kind = "materialized view" if table.row.kind == "m" else "table"
        yield Observed(
            object=relation_ref(table),
            message=f"autovacuum is switched off for {what}{table.qualified_name}: dead rows stay and statistics age",
            evidence={"parameters": tuple(names), "table_bytes": table_bytes},
            remedy=Fix(
                sql=(f"alter {kind} {table.sql} reset ({', '.join(names)})",),
                changes=("pg_class",),
                note="Vacuum it once at a quiet time afterwards: autovacuum will come at once otherwise.",
            ),
            severity=Severity.LOW if table_bytes < at.small_table_bytes else None,
        )
