"""Sequence that is behind its column.

What: A sequence has given out fewer values than there are rows in the unique column that it fills.

Why it matters: The next inserts take numbers that are already in the table, and each fails with a duplicate key until
the sequence has passed them. It happens after rows were copied with their numbers: a restore of data only, a bulk
import, a switch to a logical replica, which receives rows but not sequences.

When it is harmless: The rows were given small or negative numbers on purpose, below where the sequence starts.

How to fix it safely: Set the sequence to the largest number in the column. It reads one end of the column's index and
takes a moment; do it while nobody inserts.

How it is decided: By counting, not by reading the table: a column that counts up from the sequence's start by its
increment cannot hold more different values than were given out, unless some came from elsewhere. A column that is
unique by itself has as many as the table has rows; of one that is part of a unique index pg_stats estimates them. They
must exceed the values given out by a tenth and by ten.

Known limits: Rows are those of the last vacuum or analyze. A sequence that is behind although many of its numbers were
deleted is not noticed.

Sources: https://www.postgresql.org/docs/current/functions-sequence.html
https://www.postgresql.org/docs/current/logical-replication-restrictions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import literal, quoted
from probes.catalog.navigation import Relation
from probes.catalog.navigation.relations import Column
from probes.catalog.rows import ColumnStatistics, PgClass, PgIndex, PgInherits, TableStatistics
from probes.check import Needs, Thresholds, check
from probes.checks._support.refs import SCOPE, relation_ref
from probes.checks._support.sequences import SEQUENCE_AREAS, Fed, fed_sequences
from probes.finding import Confidence, Fix, Observed, Severity


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    surplus_ratio: float = 1.1
    surplus_rows: int = 10


@check(
    title="Sequence behind its column",
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    needs=Needs(areas=(*SCOPE, *SEQUENCE_AREAS, PgIndex, PgInherits, TableStatistics, ColumnStatistics)),
    thresholds=At,
    sources=(
        "https://www.postgresql.org/docs/current/functions-sequence.html",
        "https://www.postgresql.org/docs/current/logical-replication-restrictions.html",
    ),
)
def behind_column_max(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each sequence that gave out fewer values than its column has."""
    for fed in fed_sequences(catalog, feeding=_with_rows(catalog)):
        if fed.use is None or not fed.use.readable or fed.row.cycle or not fed.is_ascending:
            continue
        last = fed.use.last_value
        given = 0 if last is None else (last - fed.row.start) // fed.row.increment + 1
        for column in fed.columns:
            values = _different_values(column)
            if values >= given * at.surplus_ratio and values >= given + at.surplus_rows:
                yield _observed(fed, column, values, given)
                break


def _with_rows(catalog: Catalog) -> set[int]:
    """Tables that are known to have rows, and partitioned ones."""
    counted = {row.relation for row in catalog.rows(TableStatistics) if row.live_tuples > 0}
    return {row.oid for row in catalog.rows(PgClass) if row.tuples > 0 or row.kind == "p" or row.oid in counted}


def _different_values(column: Column) -> float:
    """About how many different values the column holds; 0 where no unique index has it."""
    table, number = column.relation, column.row.number
    rows = table.catalog.grouped(PgIndex, "relation").get(table.oid, ())
    unique = [row.columns[: row.key_count] for row in rows if row.unique and row.predicate is None]
    if (number,) in unique:
        return sum(_rows(leaf) for leaf in table.leaves)
    if not any(number in columns for columns in unique):
        return 0.0
    counted = table.catalog.grouped(ColumnStatistics, "relation").get(table.oid, ())
    found = next((row.distinct_values for row in counted if row.column == number), 0.0)
    return found if found >= 0 else -found * _rows(table)


def _rows(table: Relation) -> float:
    """Live rows as of the last vacuum; by the counters where it was never vacuumed."""
    if table.row.tuples > 0:
        return table.row.tuples
    counters = table.statistics
    return float(counters.live_tuples) if counters else 0.0


def _observed(fed: Fed, column: Column, values: float, given: int) -> Observed:
    table = column.relation
    name = quoted(column.name)
    sequence = literal(fed.relation.sql)
    sql = f"select pg_catalog.setval({sequence}::pg_catalog.regclass, pg_catalog.max({name})) from {table.sql}"
    return Observed(
        object=relation_ref(fed.relation),
        message=(
            f"sequence {fed.relation.qualified_name} gave out {max(given, 0):,} values, {table.qualified_name} has "
            f"about {values:,.0f}: the next inserts will collide"
        ),
        evidence={
            "values_given": given,
            "estimated_values": round(values),
            "column": f"{table.qualified_name}.{column.name}",
        },
        remedy=Fix(
            sql=(f"{sql} having pg_catalog.max({name}) is not null",),
            changes=(),
            note="Run it while nobody inserts.",
        ),
    )
