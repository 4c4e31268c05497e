"""Columns that depend on each other, filtered together, without extended statistics.

What: A frequent statement asks for equal values in two or more columns of one table and gets far more rows than the
columns would give if they had nothing to do with each other.

Why it matters: The planner multiplies the shares of single columns. For a city and its postcode that makes a thousandth
of the truth, and it then chooses a nested loop that runs for every one of the rows it did not expect.

When it is harmless: The statement is quick all the same, or nothing is joined to its result.

How to fix it safely: CREATE STATISTICS takes a lock that hinders no reader or writer, and is filled by the ANALYZE that
follows. EXPLAIN the statement before and after: the estimated number of rows must come near the real one.

How it is decided: Statements of pg_stat_statements that give all rows of one table whose columns equal given values,
without limit or grouping. On average a call gave ten times as many rows as the product of the columns' distinct values
lets expect, and a hundred at least. No extended statistics of dependencies or common values cover the columns yet.

Known limits: A statement that mostly asks for the commonest value looks the same, so the confidence is low. Joins and
statements with ranges are not considered, nor are partitioned tables. Distinct values are ANALYZE's estimate.

Sources: https://www.postgresql.org/docs/current/planner-stats.html#PLANNER-STATS-EXTENDED
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import qualified
from probes.catalog.rows import ColumnStatistics, PgAttribute, PgInherits, PgStatisticExt, Statement
from probes.check import Needs, Thresholds, Unchecked, check
from probes.checks._support.filters import Filter, distinct_values, filter_of
from probes.checks._support.refs import SCOPE
from probes.checks._support.statements import groups, hidden_statements
from probes.finding import Confidence, Fix, ObjectRef, Observed, Severity

_PAIR = 2
_HELPING_KINDS = frozenset({"f", "m"})


class At(Thresholds, frozen=True):
    """When an estimate is wrong enough, and the statement frequent enough."""

    calls: int = 100
    wrong_ratio: float = 10
    rows_per_call: float = 100


@check(
    title="Dependent columns without extended statistics",
    severity=Severity.LOW,
    confidence=Confidence.LOW,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgInherits, PgStatisticExt, ColumnStatistics, Statement)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/planner-stats.html#PLANNER-STATS-EXTENDED",),
)
def extended_missing(catalog: Catalog, at: At) -> Iterator[Observed | Unchecked]:
    """Yield each set of columns whose combination is misjudged; the costliest statement is named."""
    yield from hidden_statements(catalog)
    seen: set[tuple[int, tuple[int, ...]]] = set()
    for group in groups(catalog):
        if group.calls < at.calls or group.rows < at.rows_per_call * group.calls:
            continue
        wanted = filter_of(catalog, group)
        if wanted is None or not wanted.is_whole or wanted.ranged or len(wanted.equal) < _PAIR:
            continue
        expected_rows = _expected_rows(catalog, wanted)
        if expected_rows is None or wanted.rows_per_call < expected_rows * at.wrong_ratio:
            continue
        if (wanted.table.oid, wanted.equal) not in seen and not _is_covered(catalog, wanted):
            seen.add((wanted.table.oid, wanted.equal))
            yield _observed(wanted, expected_rows)


def _expected_rows(catalog: Catalog, wanted: Filter) -> float | None:
    """What independent columns would give; None where the distinct values of one are not known."""
    rows = wanted.table.estimated_rows
    for number in wanted.equal:
        count = distinct_values(catalog, wanted.table, number)
        if not count:
            return None
        rows /= count
    return max(rows, 1.0)


def _is_covered(catalog: Catalog, wanted: Filter) -> bool:
    """Whether an object covers two of the columns, and knows more of them than how many combinations there are."""
    return any(
        _HELPING_KINDS.intersection(row.kinds) and len(set(wanted.equal).intersection(row.columns)) >= _PAIR
        for row in catalog.grouped(PgStatisticExt, "relation").get(wanted.table.oid, ())
    )


def _observed(wanted: Filter, expected_rows: float) -> Observed:
    table, group = wanted.table, wanted.statement
    columns = table.column_names(wanted.equal)
    name, on = qualified(table.schema, _name(table.name, columns)), table.column_list_sql(wanted.equal)
    return Observed(
        object=ObjectRef(table.kind.noun, table.name, table.schema, columns=columns),
        message=(
            f"columns {', '.join(columns)} of {table.qualified_name} depend on each other: a statement gave "
            f"{wanted.rows_per_call:,.0f} rows a call where {expected_rows:,.0f} would be expected"
        ),
        evidence={
            "rows_per_call": round(wanted.rows_per_call, 1),
            "expected_rows": round(expected_rows, 1),
            "calls": group.calls,
            "query": group.text[:400],
        },
        remedy=Fix(
            sql=(f"create statistics {name} (dependencies, mcv) on {on} from {table.sql}", f"analyze {table.sql}"),
            changes=("pg_statistic_ext", "pg_depend"),
            note="EXPLAIN the statement before and after.",
        ),
    )


def _name(table: str, columns: tuple[str, ...]) -> str:
    """A name as the server would choose; before 16 it must be given."""
    return "_".join((table, *columns))[:58] + "_stat"
