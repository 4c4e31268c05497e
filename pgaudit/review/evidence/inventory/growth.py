"""Where the bytes are, and which tables grow."""

from __future__ import annotations

from pgaudit.review.evidence.inventory.facts import counted, fact, some
from pgaudit.review.evidence.inventory.shape import own_tables
from pgaudit.review.evidence.records import Record
from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgPartitionedTable, TableStatistics
from probes.finding import ObjectRef

LARGEST = 8
PARTITION_FROM_ROWS = 10_000_000
_SECONDS_A_DAY = 86_400
_LEAST_AGE_SECONDS = 86_400
_STRATEGIES = {"r": "range", "l": "list", "h": "hash"}


def _largest(catalog: Catalog) -> list[Record]:
    tables = sorted(own_tables(catalog), key=lambda table: -table.heap_bytes)
    return [_table(catalog, table) for table in tables[:LARGEST] if table.heap_bytes > 0]


def _table(catalog: Catalog, table: Relation) -> Record:
    index_bytes = sum(index.bytes for index in table.indexes)
    per_day = _rows_per_day(catalog, table)
    rows = round(table.estimated_rows)
    growth = f", growing by about {per_day:,} rows a day" if per_day is not None else ""
    return fact(
        "inventory/table",
        f"{table.qualified_name}",
        f"{table.qualified_name}: about {rows:,} rows, {counted(len(table.indexes), 'index', 'indexes')}{growth}",
        subject=ObjectRef(table.kind.noun, table.name, table.schema),
        estimated_rows=rows,
        table_bytes=table.heap_bytes,
        index_bytes=index_bytes,
        indexes=len(table.indexes),
        columns=len(table.column_rows),
        rows_per_day=per_day,
        partitioned=table.row.kind == "p",
    )


def _rows_per_day(catalog: Catalog, table: Relation) -> int | None:
    """Inserted less deleted rows a day; None while the counters are younger than a day."""
    age = catalog.server.counters_age_seconds
    if age < _LEAST_AGE_SECONDS or catalog.absent(TableStatistics):
        return None
    counters = [leaf.statistics for leaf in table.leaves]
    gained = sum(one.inserted - one.deleted for one in counters if one)
    return round(gained / age * _SECONDS_A_DAY)


def _partitioning(catalog: Catalog) -> Record:
    tables = sorted(own_tables(catalog), key=lambda table: table.qualified_name)
    cut = {row.relation: row.strategy for row in catalog.rows(PgPartitionedTable)}
    names = [
        f"{table.qualified_name} by {_STRATEGIES.get(cut[table.oid], '?')}" for table in tables if table.oid in cut
    ]
    whole = [
        table.qualified_name for table in tables if table.oid not in cut and table.estimated_rows > PARTITION_FROM_ROWS
    ]
    return fact(
        "inventory/partitioning",
        "Partitioning",
        f"{counted(len(names), 'partitioned table')}; {counted(len(whole), 'table') if whole else 'no table'} of more "
        f"than {PARTITION_FROM_ROWS:,} rows {'is' if len(whole) <= 1 else 'are'} in one piece",
        partitioned=some(names),
        large_in_one_piece=some(whole),
        threshold_rows=PARTITION_FROM_ROWS,
    )


FACTS = (_largest, _partitioning)
"""The first gives a record for each of the largest tables."""
