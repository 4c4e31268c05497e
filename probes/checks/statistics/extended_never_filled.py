"""Extended statistics that were declared and never gathered.

What: CREATE STATISTICS was run for a table that has rows, and no ANALYZE since: the object is empty.

Why it matters: Whoever declared it believes that the planner now knows better. It does not; the plans are as bad as
before, and the object only makes the next reader believe it too. After a restore or pg_upgrade every such object is
empty until the table is analysed.

When it is harmless: The next autovacuum will see to it, within minutes on a busy table. On one that hardly changes it
never comes.

How to fix it safely: ANALYZE of the table. It samples rows under a lock that hinders neither readers nor writers.

How it is decided: pg_stats_ext shows neither distinct counts nor dependencies nor common values of the object, although
the table has rows by its counters or by its last vacuum.

Known limits: What an object holds is shown to the table's owner only; for others such objects count as not checked.
Objects over nothing but expressions leave no trace in that view and are passed over. Statistics that were filled long
ago are the matter of vacuum/analyze_stale.

Sources: https://www.postgresql.org/docs/current/sql-createstatistics.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgInherits, PgStatisticExt, TableStatistics
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.refs import SCOPE
from probes.finding import Fix, ObjectRef, Observed, Severity

_EXPRESSIONS_ONLY = ("e",)


@check(
    title="Extended statistics that are empty",
    severity=Severity.LOW,
    needs=Needs(areas=(*SCOPE, PgInherits, PgStatisticExt, TableStatistics)),
    sources=("https://www.postgresql.org/docs/current/sql-createstatistics.html",),
    aliases=("statistics/extended_missing_or_stale",),
)
def extended_never_filled(catalog: Catalog, _at: Thresholds) -> Iterator[Observed | Unchecked]:
    """Yield each object without content on a table with rows."""
    members = catalog.extension_members("pg_statistic_ext")
    schemas = catalog.schemas_in_scope
    for row in catalog.rows(PgStatisticExt):
        table = catalog.relation(row.relation)
        if table is None or row.oid in members or table.row.namespace not in schemas or not _has_rows(table):
            continue
        ref = ObjectRef("statistics object", row.name, catalog.schema_name(row.namespace), table.name)
        if row.is_filled is None and row.kinds != _EXPRESSIONS_ONLY:
            owner = table.owner.name if table.owner else "the owner of the table"
            yield Unchecked(ref, "its content is shown to the owner of the table only", f"membership in {owner}")
        elif row.is_filled is False:
            yield Observed(
                object=ref,
                message=f"statistics {row.name} of {table.qualified_name} were never gathered: the planner lacks them",
                evidence={"kinds": row.kinds, "estimated_rows": round(table.estimated_rows)},
                remedy=Fix(sql=(f"analyze {table.sql}",), changes=("pg_statistic_ext",)),
            )


def _has_rows(table: Relation) -> bool:
    return any(
        (leaf.statistics is not None and leaf.statistics.live_tuples) or leaf.row.tuples > 0 for leaf in table.leaves
    )
