"""Statement that reads a whole table for a few rows, and the index it wants.

What: A frequent statement filters one large table by columns that no index begins with. Each call reads most of the
table's pages and keeps a small part of its rows.

Why it matters: The work of every call grows with the table although its result does not. Such a statement is quick in
tests, tolerable in the first year, and the reason for an outage in the third.

When it is harmless: It is sent by a nightly job, or the table is about to be emptied or partitioned by that column.

How to fix it safely: EXPLAIN the statement with typical values first. Build the index concurrently, run the statement
again, and drop the index if the planner passes it over. One index may serve several of these findings: prefer the one
whose columns are the common beginning.

How it is decided: Texts of pg_stat_statements that read a single table are parsed; conditions joined by AND that
compare a column with a value count, equality before ranges. A call touched at least half as many blocks as the table
has, so it was read from end to end, and the columns' distinct values promise at most a twentieth of its rows. Among
the columns compared for equality the tenant's comes first, then those with most different values, and one compared with
a bound comes last.
The list ends where a single row would be left to find, and at three columns in any case.

Known limits: Joins, OR, functions of columns and text patterns are not considered. A table that is named without its
schema is recognised only if no other schema has one of that name. Without pg_stats for the table nothing is proposed,
and nothing for a partitioned table, though its partitions are judged where they are named.

Sources: https://www.postgresql.org/docs/current/indexes-multicolumn.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import ColumnStatistics, PgAttribute, PgConstraint, PgIndex, PgInherits, Statement
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.filters import Filter, distinct_values, filter_of
from probes.checks._support.refs import SCOPE
from probes.checks._support.statements import beginning, groups, hidden_statements
from probes.checks._support.tenancy import tenancy_of
from probes.finding import Confidence, Fix, ObjectRef, Observed, Severity

_MOST_COLUMNS = 3


class At(Thresholds, frozen=True):
    """Thresholds of this check; all must be passed."""

    calls: int = 100
    mean_ms: float = 5
    min_table_pages: int = 1000
    read_ratio: float = 0.5
    """Blocks that a call touches, by the pages of the table."""
    kept_ratio: float = 0.05
    """Rows that the conditions keep, by the rows of the table."""


@check(
    title="Index that a frequent statement wants",
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgIndex, PgInherits, ColumnStatistics, Statement)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/indexes-multicolumn.html",),
)
def suggested_for_workload(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each set of columns by which a large table is searched in vain; the costliest statement is named."""
    yield from hidden_statements(catalog)
    seen: set[tuple[int, tuple[int, ...]]] = set()
    for group in groups(catalog):
        blocks_per_call = group.blocks / group.calls if group.calls else 0.0
        if group.calls < at.calls or group.mean_ms < at.mean_ms or blocks_per_call < at.min_table_pages * at.read_ratio:
            continue
        wanted = filter_of(catalog, group)
        if wanted is None or not _reads_it_all(wanted, blocks_per_call, at):
            continue
        columns = _columns(catalog, wanted, at)
        if columns and (wanted.table.oid, columns) not in seen and not _has_index(wanted.table, columns):
            seen.add((wanted.table.oid, columns))
            yield _observed(wanted, columns, blocks_per_call)


def _reads_it_all(wanted: Filter, blocks_per_call: float, at: At) -> bool:
    pages = wanted.table.row.pages  # none for a partitioned table, which has no statistics of its own either
    return pages >= at.min_table_pages and blocks_per_call >= pages * at.read_ratio


def _columns(catalog: Catalog, wanted: Filter, at: At) -> tuple[int, ...]:
    """The columns of the index, the tenant and then the most selective first; none where they keep too many rows."""
    tenant = _tenant_column(catalog, wanted.table)
    known = {number: distinct_values(catalog, wanted.table, number) for number in wanted.equal}
    counts = {number: count for number, count in known.items() if count}
    found: list[int] = []
    kept_rows = rows = max(wanted.table.estimated_rows, 1.0)
    for number in sorted(counts, key=lambda one: (one != tenant, -counts[one], one)):
        if len(found) < _MOST_COLUMNS and kept_rows > 1:
            found.append(number)
            kept_rows /= counts[number]
    if kept_rows > rows * at.kept_ratio:
        return ()
    room = len(found) < _MOST_COLUMNS and kept_rows > 1
    return (*found, *(wanted.ranged[:1] if room else ()))


def _tenant_column(catalog: Catalog, table: Relation) -> int | None:
    """The attribute number of the table's tenant column, which almost every query names."""
    tenancy = tenancy_of(catalog)
    return tenancy.carriers.get(table.oid) if tenancy else None


def _has_index(table: Relation, columns: tuple[int, ...]) -> bool:
    """Whether some index begins with one of the columns: then it is not the lack of one that makes it read all."""
    return any(index.is_usable and index.key_columns[0] in columns for index in table.indexes)


def _observed(wanted: Filter, columns: tuple[int, ...], blocks_per_call: float) -> Observed:
    table, group = wanted.table, wanted.statement
    column_names = table.column_names(columns)
    return Observed(
        object=ObjectRef(table.kind.noun, table.name, table.schema, columns=column_names),
        message=(
            f"{table.qualified_name} is read from end to end for lack of an index on ({', '.join(column_names)}): "
            f"{group.calls:,} calls of {beginning(group.text)}"
        ),
        evidence={
            "calls": group.calls,
            "mean_ms": round(group.mean_ms, 2),
            "blocks_per_call": round(blocks_per_call),
            "table_pages": table.row.pages,
            "query": group.text[:400],
        },
        remedy=_fix(table, columns),
    )


def _fix(table: Relation, columns: tuple[int, ...]) -> Fix:
    return Fix(
        sql=(f"create index concurrently on {table.sql} ({table.column_list_sql(columns)})",),
        changes=("pg_index",),
        transactional=False,
        note="EXPLAIN the statement before and after; drop the index again if the planner passes it over.",
    )
