"""Table that the planner knows nothing about.

What: A table has rows, and no statistics about any of its columns, or about some of them.

Why it matters: Without them the planner assumes: two hundred distinct values, a third of a percent for an equality, and
whatever pages there are. Joins and index choices follow from that. It is the usual state after pg_upgrade before 18,
after a restore, and after a bulk load into a table without autovacuum.

When it is harmless: The table is read as a whole, or it holds a few rows, which any plan reads in no time: autovacuum
does not analyse tables below fifty rows at all. Such small ones are informational.

How to fix it safely: ANALYZE the table; it samples, takes seconds, and hinders nobody.

How it is decided: The table has rows, by its counters or by its last vacuum; ANALYZE would make a row of pg_stats for
each column whose target is not zero, and there is none for some. Ordinary tables and materialized views only. Below
`min_rows` rows, by the counters, the finding is informational.

Known limits: pg_stats hides columns that our role may not read. Unless we are a superuser, a table without any visible
row counts as not checked, and missing rows of single columns are not reported.

Sources: https://www.postgresql.org/docs/current/planner-stats.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import ColumnStatistics, PgAttribute, TableStatistics
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Fix, Observed, Severity


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    min_rows: int = 1000
    """With fewer rows a wrong guess costs next to nothing."""


@check(
    title="Table without planner statistics",
    severity=Severity.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, ColumnStatistics, TableStatistics)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/planner-stats.html",),
)
def columns_without_statistics(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each filled table with columns that were never analysed."""
    known: dict[int, set[int]] = {}
    for row in catalog.rows(ColumnStatistics):
        known.setdefault(row.relation, set()).add(row.column)
    for table in catalog.relations_of("mr"):
        if not _has_rows(table):
            continue
        seen = known.get(table.oid, set())
        missing = [
            column
            for column in table.columns
            if column.row.number not in seen and column.row.statistics_target != 0 and column.row.generated != "v"
        ]
        if not missing or (seen and not catalog.server.superuser):
            continue
        if not catalog.server.superuser:
            yield Unchecked(relation_ref(table), "no statistics of it are visible", f"SELECT on {table.qualified_name}")
            continue
        names = tuple(column.name for column in missing)
        which = (
            "has no planner statistics at all" if not seen else f"has no planner statistics for {', '.join(names[:5])}"
        )
        yield Observed(
            object=relation_ref(table),
            message=f"{table.qualified_name} {which}: the planner guesses",
            evidence={"columns": names[:10], "columns_count": len(names), "table_pages": table.row.pages},
            remedy=Fix(sql=(f"analyze {table.sql}",), changes=()),
            severity=Severity.INFO if _rows(table) < at.min_rows else None,
        )


def _rows(table: Relation) -> float:
    counters = table.statistics
    return max(counters.live_tuples if counters else 0, table.row.tuples)


def _has_rows(table: Relation) -> bool:
    counters = table.statistics
    if counters and counters.live_tuples:
        return True
    return table.row.pages > 0 and table.row.tuples != 0
