"""The largest indexes of the database.

What: The ten largest indexes, and how much all indexes take beside the tables.

Why it matters: They are what a backup need not hold, a restore must build again, and the cache has to keep: the list
says where dropping or rebuilding one would pay.

When it is harmless: Large tables have large indexes. The list accuses nobody.

How to fix it safely: See whether an index on the list is also named by indexes/unused, indexes/redundant_prefix or
indexes/btree_bloat_estimated; those findings bring statements along.

How it is decided: relpages of each index; a partitioned index counts by its parts. The size functions of the server are
not called: they open every relation.

Known limits: As of the last VACUUM, ANALYZE or CREATE INDEX.

Sources: https://www.postgresql.org/docs/current/catalog-pg-class.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgIndex
from probes.check import Needs, Thresholds, check
from probes.checks._support.refs import SCOPE
from probes.checks._support.server_refs import database_ref
from probes.finding import Advice, Observed, Severity


class At(Thresholds, frozen=True):
    """How many are listed, and from what size of one on."""

    count: int = 10
    min_index_bytes: int = 1_048_576


@check(
    title="Largest indexes",
    severity=Severity.INFO,
    needs=Needs(areas=(*SCOPE, PgIndex)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/catalog-pg-class.html",),
    pedantic=True,
)
def size_inventory(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield the list, where an index is large enough to be on it."""
    block_size = catalog.server.block_size
    rows = sorted(catalog.indexes_in_scope, key=lambda row: (-row.pages, row.name))
    listed = [row for row in rows[: at.count] if row.pages * block_size >= at.min_index_bytes]
    if not listed:
        return
    total_bytes = sum(row.pages for row in rows) * block_size
    sizes = tuple(
        f"{catalog.schema_name(row.namespace)}.{row.name}: {row.pages * block_size / 2**20:,.1f} MB" for row in listed
    )
    yield Observed(
        object=database_ref(catalog),
        message=f"{len(rows):,} indexes take {total_bytes / 2**20:,.1f} MB; the largest is {sizes[0]}",
        evidence={"indexes": len(rows), "index_bytes": total_bytes, "largest": sizes},
        remedy=Advice("Nothing to repair: which of them is worth its size the checks on use and bloat tell."),
    )
