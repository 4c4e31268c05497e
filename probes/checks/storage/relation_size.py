"""Very large table in one piece.

What: An ordinary table, with its TOAST, is estimated at a hundred gigabytes or more.

Why it matters: Whatever has to be done to it as a whole takes hours: an index, a rewrite, a dump, the vacuum against
wraparound. Old rows can only be deleted one by one.

When it is harmless: It grows slowly and is looked after. It is listed on request.

How to fix it safely: Partition it by what old rows are found by, usually time: create the partitioned table, attach the
old one as its first partition after a CHECK that was validated beforehand, which reads it once and copies nothing.

How it is decided: relpages of the heap and of TOAST as the last VACUUM or ANALYZE left them. Partitions count one by
one.

Known limits: Indexes are not included.

Sources: https://www.postgresql.org/docs/current/ddl-partitioning.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.check import Needs, Thresholds, check
from probes.checks._support.refs import SCOPE, relation_ref
from probes.finding import Advice, Observed, Severity

_GIGABYTE = 1 << 30


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    large_table_bytes: int = 100 * _GIGABYTE


@check(
    title="Very large table in one piece",
    severity=Severity.INFO,
    needs=Needs(areas=SCOPE),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/ddl-partitioning.html",),
    pedantic=True,
)
def relation_size(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each table above the threshold."""
    for table in catalog.relations_of("mr"):
        row = table.row
        table_bytes = (row.pages + row.toast_pages) * catalog.server.block_size
        if table_bytes >= at.large_table_bytes:
            yield Observed(
                object=relation_ref(table),
                message=f"{table.qualified_name} is {table_bytes / _GIGABYTE:,.1f} GB in one piece",
                evidence={"table_bytes": table_bytes, "toast_bytes": row.toast_pages * catalog.server.block_size},
                remedy=Advice(
                    "Consider partitioning it. By which column, and how wide, follows from how it is queried and for "
                    "how long rows are kept, which the catalog does not say."
                ),
            )
