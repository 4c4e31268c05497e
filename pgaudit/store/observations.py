"""Numbers about objects that are worth following from night to night, taken from one picture."""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import msgspec

from pgaudit.store.aggregates import aggregates
from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import (
    DatabaseStatistics,
    IndexStatistics,
    PgClass,
    PgDatabase,
    PgIndex,
    PgNamespace,
    PgSequence,
    PgSetting,
    Row,
    SequenceUse,
    Statement,
    TableStatistics,
)

_LARGEST = 500
"""So many tables, indexes and statements are followed: those that take the most."""


class Observation(msgspec.Struct, frozen=True):
    """One number. Counters are as the server gave them: they grow until they are reset."""

    kind: str
    """`database`, `table`, `index`, `sequence` or `query`."""
    object: str
    """`schema.name`, or the query's id."""
    metric: str
    """With its unit: `size_bytes`, `dead_rows`, `total_exec_ms`."""
    value: float


def observe(catalog: Catalog) -> list[Observation]:
    """What is followed of this picture; areas that were not collected give nothing."""
    return [
        *_database(catalog),
        *_aggregates(catalog),
        *_tables(catalog),
        *_indexes(catalog),
        *_sequences(catalog),
        *_queries(catalog),
    ]


def settings_of(catalog: Catalog) -> dict[str, str]:
    """Settings that somebody has set, with their unit; secrets are masked by the collector."""
    if catalog.absent(PgSetting):
        return {}
    return {
        row.name: f"{row.value}{f' {row.unit}' if row.unit else ''}"
        for row in catalog.rows(PgSetting)
        if row.source not in {"default", "override", "client", "session"}
    }


def _rows(catalog: Catalog, *row_types: type[Row]) -> bool:
    return all(catalog.absent(row_type) is None for row_type in row_types)


def _database(catalog: Catalog) -> Iterator[Observation]:
    name = catalog.server.database
    if _rows(catalog, PgDatabase):
        for row in catalog.rows(PgDatabase):
            if row.oid == catalog.server.database_oid:
                yield Observation("database", name, "frozen_age_xids", row.frozen_age_xids)
                yield Observation("database", name, "multixact_age", row.min_multixact_age)
    if _rows(catalog, PgClass):
        pages = sum(row.pages + row.toast_pages for row in catalog.rows(PgClass) if row.kind in "rm")
        yield Observation("database", name, "tables_bytes", pages * catalog.server.block_size)
    if _rows(catalog, PgIndex):
        pages = sum(row.pages for row in catalog.rows(PgIndex))
        yield Observation("database", name, "indexes_bytes", pages * catalog.server.block_size)
    if _rows(catalog, DatabaseStatistics):
        for one in catalog.rows(DatabaseStatistics):
            if one.database == catalog.server.database_oid:
                yield Observation("database", name, "commits", one.commits)
                yield Observation("database", name, "rollbacks", one.rollbacks)
                yield Observation("database", name, "blocks_hit", one.blocks_hit)
                yield Observation("database", name, "blocks_read", one.blocks_read)
                yield Observation("database", name, "temp_bytes", one.temp_bytes)
                yield Observation("database", name, "deadlocks", one.deadlocks)


def _aggregates(catalog: Catalog) -> Iterator[Observation]:
    for metric, value in aggregates(catalog):
        yield Observation("database", catalog.server.database, metric, value)


def _tables(catalog: Catalog) -> Iterator[Observation]:
    if not _rows(catalog, PgClass, PgNamespace):
        return
    has_counters, has_indexes = _rows(catalog, TableStatistics), _rows(catalog, PgIndex)
    stored = [row for row in catalog.rows(PgClass) if row.kind in "rm"]
    for row in heapq.nlargest(_LARGEST, stored, key=lambda row: row.pages + row.toast_pages):
        name = f"{catalog.schema_name(row.namespace)}.{row.name}"
        yield Observation("table", name, "size_bytes", (row.pages + row.toast_pages) * catalog.server.block_size)
        yield Observation("table", name, "frozen_age_xids", row.frozen_age_xids)
        if row.tuples >= 0:
            yield Observation("table", name, "estimated_rows", row.tuples)
        counters = catalog.find(TableStatistics, row.oid, "relation") if has_counters else None
        if counters is not None:
            yield from _table_counters(catalog, name, counters)
        if has_indexes:
            yield from _with_indexes(catalog, row, name, counters)


def _with_indexes(catalog: Catalog, row: PgClass, name: str, counters: TableStatistics | None) -> Iterator[Observation]:
    """What a rewrite would write anew, and how often the table is looked at through itself or an index."""
    indexes = list(Relation(catalog, row).indexes)
    own_bytes = (row.pages + row.toast_pages) * catalog.server.block_size
    yield Observation("table", name, "rewrite_bytes", own_bytes + sum(index.bytes for index in indexes))
    if counters is not None and _rows(catalog, IndexStatistics):
        through_indexes = sum(index.statistics.scans for index in indexes if index.statistics)
        yield Observation("table", name, "scans", counters.sequential_scans + through_indexes)


def _table_counters(catalog: Catalog, name: str, counters: TableStatistics) -> Iterator[Observation]:
    yield Observation("table", name, "dead_rows", counters.dead_tuples)
    yield Observation("table", name, "sequential_rows_read", counters.sequential_tuples_read)
    yield Observation("table", name, "rows_written", counters.inserted + counters.updated + counters.deleted)
    vacuumed = max(filter(None, (counters.last_vacuum_at, counters.last_autovacuum_at)), default=None)
    if vacuumed is not None:
        yield Observation("table", name, "since_vacuum_seconds", max(0.0, catalog.server.collected_at - vacuumed))


def _indexes(catalog: Catalog) -> Iterator[Observation]:
    if not _rows(catalog, PgIndex, PgNamespace):
        return
    has_counters = _rows(catalog, IndexStatistics)
    for row in heapq.nlargest(_LARGEST, catalog.rows(PgIndex), key=lambda row: row.pages):
        name = f"{catalog.schema_name(row.namespace)}.{row.name}"
        yield Observation("index", name, "size_bytes", row.pages * catalog.server.block_size)
        counters = catalog.find(IndexStatistics, row.oid, "index") if has_counters else None
        if counters is not None:
            yield Observation("index", name, "scans", counters.scans)


def _sequences(catalog: Catalog) -> Iterator[Observation]:
    if not _rows(catalog, PgSequence, SequenceUse, PgClass, PgNamespace):
        return
    for row in catalog.rows(PgSequence):
        use = catalog.find(SequenceUse, row.relation, "relation")
        relation = catalog.find(PgClass, row.relation)
        if use is None or use.last_value is None or relation is None or row.increment <= 0:
            continue
        name = f"{catalog.schema_name(relation.namespace)}.{relation.name}"
        span = row.maximum - row.minimum + 1
        yield Observation("sequence", name, "used_ratio", (use.last_value - row.minimum + 1) / span)
        yield Observation("sequence", name, "last_value", use.last_value)


def _queries(catalog: Catalog) -> Iterator[Observation]:
    if not _rows(catalog, Statement):
        return
    totals: dict[int, list[float]] = {}
    for row in catalog.rows(Statement):
        if row.query_id is not None:
            total = totals.setdefault(row.query_id, [0.0, 0.0, 0.0])
            for position, value in enumerate((row.calls, row.total_exec_ms, row.rows)):
                total[position] += value
    for query_id in heapq.nlargest(_LARGEST, totals, key=lambda one: totals[one][1]):
        for metric, value in zip(("calls", "total_exec_ms", "rows"), totals[query_id], strict=True):
            yield Observation("query", str(query_id), metric, value)
