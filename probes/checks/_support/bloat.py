"""Estimating how many pages a table or a btree would have if it were written anew (after ioguix's queries).

Sizes come from the last VACUUM or ANALYZE and from pg_stats; what is missing there makes the estimate impossible.
"""

from __future__ import annotations

import math

import msgspec

from probes.catalog.navigation import Index, Relation
from probes.catalog.rows import ColumnStatistics
from probes.checks._support.autovacuum import option

_ALIGNMENT = 8
_PAGE_HEADER_BYTES = 24
_LINE_POINTER_BYTES = 4
_TUPLE_HEADER_BYTES = 23
_INDEX_TUPLE_HEADER_BYTES = 8
_BTREE_SPECIAL_BYTES = 16
_TID_BYTES = 6
_NAME_TYPE = 19
_TABLE_FILLFACTOR = 100
_BTREE_FILLFACTOR = 90


class Estimate(msgspec.Struct, frozen=True, gc=False):
    """Real and expected size."""

    real_bytes: int
    expected_bytes: int

    @property
    def wasted_bytes(self) -> int:
        """What writing it anew would free."""
        return max(0, self.real_bytes - self.expected_bytes)

    @property
    def wasted_ratio(self) -> float:
        """Share of the real size that is free space, 0 to 1."""
        return self.wasted_bytes / self.real_bytes if self.real_bytes else 0.0


def table_estimate(table: Relation) -> Estimate | str:
    """The estimate for the heap of a table, TOAST left out; or why there is none."""
    columns = _column_statistics(table, [column.row.number for column in table.columns])
    if isinstance(columns, str):
        return columns
    if table.row.tuples <= 0:
        return "it was never analysed"
    has_nulls = any(one.null_fraction > 0 for one in columns)
    header = _TUPLE_HEADER_BYTES + (math.ceil(len(columns) / 8) if has_nulls else 0)
    data = sum((1 - one.null_fraction) * one.average_width_bytes for one in columns)
    row_bytes = _LINE_POINTER_BYTES + _aligned(header) + _aligned(math.ceil(data))
    block = table.catalog.server.block_size
    fill = int(option(table.row.options, "fillfactor") or _TABLE_FILLFACTOR) / 100
    rows_a_page = max(1.0, (block - _PAGE_HEADER_BYTES) * fill // row_bytes)
    return Estimate(table.row.pages * block, math.ceil(table.row.tuples / rows_a_page) * block)


def btree_estimate(index: Index) -> Estimate | str:
    """The estimate for a btree, deduplication of PostgreSQL 13 allowed for; or why there is none."""
    if 0 in index.row.columns:
        return "widths of expressions are not collected"
    columns = _column_statistics(index.relation, list(index.row.columns))
    if isinstance(columns, str):
        return columns
    tuples = index.row.tuples
    if tuples <= 0:
        return "it was never analysed"
    header = _INDEX_TUPLE_HEADER_BYTES + (4 if any(one.null_fraction > 0 for one in columns) else 0)
    data = sum((1 - one.null_fraction) * one.average_width_bytes for one in columns)
    key_bytes = _LINE_POINTER_BYTES + _aligned(header) + _aligned(math.ceil(data))
    total = tuples * key_bytes
    distinct = _distinct(columns, tuples)
    if not index.row.unique and len(index.row.columns) == index.row.key_count and distinct < tuples:
        total = min(total, distinct * key_bytes + tuples * _TID_BYTES)
    block = index.catalog.server.block_size
    fill = int(option(index.row.options, "fillfactor") or _BTREE_FILLFACTOR) / 100
    pages = 1 + math.ceil(total / ((block - _PAGE_HEADER_BYTES - _BTREE_SPECIAL_BYTES) * fill))
    return Estimate(index.row.pages * block, pages * block)


def _distinct(columns: list[ColumnStatistics], tuples: float) -> float:
    """At most so many different keys: the product over the columns, bounded by the number of entries."""
    product = 1.0
    for one in columns:
        found = one.distinct_values if one.distinct_values >= 0 else -one.distinct_values * tuples
        product *= max(1.0, found)
    return min(product, tuples)


def _column_statistics(table: Relation, numbers: list[int]) -> list[ColumnStatistics] | str:
    known = {row.column: row for row in table.catalog.grouped(ColumnStatistics, "relation").get(table.oid, ())}
    found: list[ColumnStatistics] = []
    for number in numbers:
        column = table.column(number)
        if column is not None and column.row.type == _NAME_TYPE:
            return "columns of type name have no reliable width"
        if number not in known:
            return "statistics of its columns are missing or not visible"
        found.append(known[number])
    return found


def _aligned(size: int) -> int:
    return (size + _ALIGNMENT - 1) // _ALIGNMENT * _ALIGNMENT
