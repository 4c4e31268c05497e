"""How large the database is.

What: The space that tables, their TOAST and indexes take, and the schemas that take most of it.

Why it matters: Size decides how long a restore takes, whether a copy fits the developer's machine, and when the volume
is full. It is worth knowing before the provider's alarm does the telling.

When it is harmless: There is room. A limit of your own makes it an alarm: set max_database_bytes.

How to fix it safely: Look at vacuum/table_bloat_estimated and indexes/unused for space that nobody needs, then at old
rows: deleting them frees space for new ones only, dropping their partition gives it back at once.

How it is decided: relpages of all relations, TOAST included, summed up; the server's size functions would have to open
the files of each relation. Above the limit, where one is set, the finding is of medium severity.

Known limits: Free space maps, temporary files, WAL and the system catalogs are not counted; relations that were never
vacuumed or analysed count as they were then.

Sources: https://www.postgresql.org/docs/current/diskusage.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgClass, PgIndex, PgNamespace
from probes.check import Needs, Thresholds, check
from probes.checks._support.server_refs import database_ref
from probes.finding import Advice, Observed, Severity


class At(Thresholds, frozen=True):
    """From what size on it is told, and from when on it is too much."""

    min_database_bytes: int = 1_048_576
    max_database_bytes: int = 0
    """0 for no limit."""


@check(
    title="Size of the database",
    severity=Severity.INFO,
    needs=Needs(areas=(PgNamespace, PgClass, PgIndex)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/diskusage.html",),
    pedantic=True,
)
def database_size(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield the size, unless the database is next to empty."""
    block_size = catalog.server.block_size
    pages: Counter[int] = Counter()
    for row in catalog.rows(PgClass):
        pages[row.namespace] += row.pages + row.toast_pages
    index_pages = 0
    for index in catalog.rows(PgIndex):
        pages[index.namespace] += index.pages
        index_pages += index.pages
    total_bytes = pages.total() * block_size
    if total_bytes < at.min_database_bytes:
        return
    largest = tuple(f"{catalog.schema_name(oid)}: {count * block_size:,} B" for oid, count in pages.most_common(5))
    is_too_large = 0 < at.max_database_bytes < total_bytes
    yield Observed(
        object=database_ref(catalog),
        message=f"the database takes {total_bytes / 2**20:,.1f} MB, {index_pages / pages.total():.0%} of it indexes",
        evidence={
            "database_bytes": total_bytes,
            "index_bytes": index_pages * block_size,
            "max_database_bytes": at.max_database_bytes,
            "largest_schemas": largest,
        },
        remedy=Advice("Nothing to repair as such. What may be dropped or archived only its owner knows."),
        severity=Severity.MEDIUM if is_too_large else None,
    )
