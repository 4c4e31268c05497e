"""What statistics say of a table, as far as a copy is filled from it: rows, pages, and the shape of each column."""

from __future__ import annotations

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.navigation.types import TypeName
from probes.catalog.rows import ColumnStatistics, PgAttribute

MOST_PAGES = 65_536
"""Of all tables together: half a gigabyte in blocks of 8 kB."""
MOST_ROWS = 1_000_000
"""Of all tables together."""
_ASSUMED_DISTINCT = 200
"""What the planner assumes, too, of a column without statistics."""
_ASSUMED_WIDTH_BYTES = 32


class ColumnShape(msgspec.Struct, frozen=True):
    """A column as ANALYZE saw it on the audited database."""

    name: str
    number: int
    null_fraction: float
    width_bytes: int
    distinct: int
    """At most the rows of the table."""
    correlation: float
    is_known: bool
    """False where there are no statistics: then it is assumed as the planner does."""


class TableShape(msgspec.Struct, frozen=True):
    """A table as ANALYZE saw it, and the share of it that is made."""

    schema: str
    name: str
    sql: str
    rows: int
    pages: int
    all_visible_pages: int
    columns: tuple[ColumnShape, ...]
    share: float = 1.0
    """Below 1 where the table is larger than is made."""

    @property
    def qualified_name(self) -> str:
        """`schema.name`, for reading."""
        return f"{self.schema}.{self.name}"

    @property
    def made_rows(self) -> int:
        """Rows that are made."""
        return max(1, round(self.rows * self.share)) if self.rows else 0

    @property
    def made_pages(self) -> int:
        """Pages that they are to fill."""
        return max(1, round(self.pages * self.share)) if self.pages else 0

    def made_distinct(self, column: ColumnShape) -> int:
        """Different values that are made of a column: those that grow with the table shrink with it."""
        grows = column.distinct * 10 > self.rows
        count = round(column.distinct * self.share) if grows else column.distinct
        return max(1, min(count, self.made_rows))

    @property
    def assumed_columns(self) -> tuple[str, ...]:
        """Columns without statistics."""
        return tuple(one.name for one in self.columns if not one.is_known)


class UnfillableError(Exception):
    """A table that no synthetic rows can be made for, and why."""


def shape_of(catalog: Catalog, table: Relation) -> TableShape:
    """The shape of a table. Raises UnfillableError where too little is known of it."""
    row = table.row
    name = table.qualified_name
    if row.kind == "p" or row.is_partition or table.children:
        raise UnfillableError(f"{name} is partitioned or has children, and rows are not made for those")
    if row.kind != "r":
        raise UnfillableError(f"{name} is a {table.kind.noun}, and rows are made for ordinary tables only")
    if row.tuples < 0 or (row.tuples == 0 and row.pages == 0 and not _was_analyzed(table)):
        raise UnfillableError(f"{name} was never analyzed, so that its size is not known: run ANALYZE on it")
    missing = catalog.absent(ColumnStatistics)
    if missing is not None:
        raise UnfillableError(f"the statistics of columns were not collected: {missing.reason}")
    known = {one.column: one for one in catalog.grouped(ColumnStatistics, "relation").get(table.oid, ())}
    if row.tuples > 0 and not known:
        raise UnfillableError(
            f"the statistics of {name} cannot be read by {catalog.server.role}: grant SELECT on it, or run ANALYZE"
        )
    rows = max(0, round(row.tuples))
    columns = tuple(
        _column(column.row, column.type, known.get(column.row.number), rows)
        for column in table.columns
        if column.row.generated != "v"
    )
    return TableShape(table.schema, table.name, table.sql, rows, row.pages, row.all_visible_pages, columns)


def _was_analyzed(table: Relation) -> bool:
    counted = table.statistics
    return counted is not None and bool(counted.last_analyze_at or counted.last_autoanalyze_at)


def _column(row: PgAttribute, kind: TypeName, known: ColumnStatistics | None, rows: int) -> ColumnShape:
    if known is None:
        width = kind.base.row.length if kind.base.row and kind.base.row.length > 0 else _ASSUMED_WIDTH_BYTES
        return ColumnShape(row.name, row.number, 0.0, width, min(_ASSUMED_DISTINCT, max(rows, 1)), 0.0, is_known=False)
    nulls = 0.0 if row.not_null else known.null_fraction
    return ColumnShape(
        row.name,
        row.number,
        nulls,
        known.average_width_bytes,
        _distinct(known.distinct_values, rows),
        known.correlation or 0.0,
        is_known=True,
    )


def _distinct(estimate: float, rows: int) -> int:
    """A count, where the server may hold a share; at least one, at most one a row."""
    count = estimate if estimate > 0 else -estimate * rows
    return max(1, min(rows, round(count) or _ASSUMED_DISTINCT)) if rows else 1


def scaled(
    shapes: tuple[TableShape, ...], *, most_pages: int = MOST_PAGES, most_rows: int = MOST_ROWS
) -> tuple[TableShape, ...]:
    """The shapes, all reduced by the same share where together they are more than is made."""
    pages = sum(one.pages for one in shapes)
    rows = sum(one.rows for one in shapes)
    share = min(1.0, most_pages / max(pages, 1), most_rows / max(rows, 1))
    return tuple(msgspec.structs.replace(one, share=share) for one in shapes) if share < 1 else shapes
