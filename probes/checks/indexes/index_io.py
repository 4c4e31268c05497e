"""Indexes that are read from disk or written out of proportion: two rules over counters."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import IndexStatistics, PgAttribute, PgIndex, PgInherits, TableStatistics
from probes.check import Check, Needs, Thresholds
from probes.checks._support.index_use import table_writes
from probes.checks._support.refs import SCOPE, index_ref
from probes.checks.indexes import _index_io_pages as pages
from probes.finding import Advice, Confidence, ObjectRef, Observed, Severity


class CacheThresholds(Thresholds, frozen=True):
    """Thresholds of low_cache_hit."""

    hit_ratio: float = 0.95
    min_blocks: int = 100_000
    """Blocks that must have been asked for before the ratio says anything."""


class WriteThresholds(Thresholds, frozen=True):
    """Thresholds of high_write_non_btree."""

    min_index_bytes: int = 104_857_600
    write_ratio: float = 0.02
    """Of all rows written in the database."""


def low_cache_hit(catalog: Catalog, at: CacheThresholds) -> Iterator[Observed]:
    """Yield one finding where index blocks come from outside the cache too often."""
    rows = catalog.rows(IndexStatistics)
    hit, read = sum(row.blocks_hit for row in rows), sum(row.blocks_read for row in rows)
    if hit + read < at.min_blocks or hit >= (hit + read) * at.hit_ratio:
        return
    names = {row.oid: row.name for row in catalog.rows(PgIndex)}
    worst = sorted(rows, key=lambda row: -row.blocks_read)[:10]
    yield Observed(
        object=ObjectRef("database", "current"),
        message=f"{hit / (hit + read):.1%} of index blocks were found in shared buffers, the others were read",
        evidence={
            "hit_ratio": round(hit / (hit + read), 4),
            "blocks_read": read,
            "indexes_read_most": tuple(names.get(row.index, str(row.index)) for row in worst),
        },
        remedy=Advice(
            "See whether the indexes named are needed and not bloated; then whether shared_buffers suits the machine's "
            "memory, which SQL does not show. A read may still come from the operating system's cache."
        ),
    )


def high_write_non_btree(catalog: Catalog, at: WriteThresholds) -> Iterator[Observed]:
    """Yield each large index of a costly kind on a table that takes much of all writes."""
    total = sum(row.inserted + row.updated + row.deleted for row in catalog.rows(TableStatistics))
    for index in catalog.indexes:
        row = index.row
        if row.method in {"btree", "hash", "brin"} or row.is_partition or index.bytes < at.min_index_bytes:
            continue
        writes = table_writes(index.relation)
        if not total or writes < total * at.write_ratio:
            continue
        yield Observed(
            object=index_ref(index),
            message=(
                f"index {index.name} of {index.relation.qualified_name} is {row.method}, large, and its table takes "
                f"{writes / total:.0%} of all writes"
            ),
            evidence={"method": row.method, "index_bytes": index.bytes, "write_ratio": round(writes / total, 4)},
            remedy=Advice(
                "Measure what the index costs each insert, and whether its pending list (GIN, fastupdate) is flushed "
                "in good time. Whether its queries are worth that is not in the counters."
            ),
        )


CHECKS = (
    Check(
        id="indexes/low_cache_hit",
        title="Index blocks that are not in cache",
        severity=Severity.LOW,
        confidence=Confidence.LOW,
        needs=Needs(areas=(IndexStatistics, PgIndex), counters_days=1),
        sources=("https://www.postgresql.org/docs/current/monitoring-stats.html",),
        page=pages.CACHE,
        judge=low_cache_hit,
        thresholds=CacheThresholds,
    ),
    Check(
        id="indexes/high_write_non_btree",
        title="Large GIN or GiST index on a busy table",
        severity=Severity.LOW,
        confidence=Confidence.MEDIUM,
        needs=Needs(areas=(*SCOPE, PgAttribute, PgIndex, PgInherits, TableStatistics), counters_days=1),
        sources=("https://www.postgresql.org/docs/current/gin.html",),
        page=pages.WRITES,
        judge=high_write_non_btree,
        thresholds=WriteThresholds,
    ),
)
