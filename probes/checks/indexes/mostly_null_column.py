"""Index that holds mostly nulls.

What: An index on one column has an entry for every row, and nine of ten or more of them are null.

Why it matters: Queries look values up, hardly ever nulls. The index is many times as large as it need be, and each row
without a value writes an entry all the same.

When it is harmless: Queries do look for rows where the column is null. An index for just those is then the better one
too.

How to fix it safely: Build a partial index WHERE the column IS NOT NULL, concurrently; col = value implies the
predicate, so queries use it unchanged. Then drop the old one.

How it is decided: A usable btree or hash index, not unique, without a predicate, on one plain column, of ten megabytes
or more, whose pg_stats.null_frac is at least 0.9.

Known limits: Whether queries ask for nulls is not known. The null fraction is as old as the last ANALYZE.

Sources: https://www.postgresql.org/docs/current/indexes-partial.html
"""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.names import quoted
from probes.catalog.navigation import Index
from probes.catalog.rows import ColumnStatistics, PgAttribute, PgConstraint, PgIndex, PgInherits
from probes.check import Needs, Thresholds, check
from probes.checks._support.index_use import only_serves_queries
from probes.checks._support.indexes import key_list_sql
from probes.checks._support.refs import SCOPE, index_ref
from probes.checks.indexes.index_keys import replace_fix
from probes.finding import Advice, Confidence, Fix, Observed, Severity

_MEGABYTE = 1_048_576


class At(Thresholds, frozen=True):
    """Thresholds of this check."""

    null_ratio: float = 0.9
    min_index_bytes: int = 10_485_760


@check(
    title="Index that holds mostly nulls",
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    needs=Needs(areas=(*SCOPE, PgAttribute, PgConstraint, PgIndex, PgInherits, ColumnStatistics)),
    thresholds=At,
    sources=("https://www.postgresql.org/docs/current/indexes-partial.html",),
)
def mostly_null_column(catalog: Catalog, at: At) -> Iterator[Observed]:
    """Yield each index most of whose entries are null."""
    shares = {(row.relation, row.column): row.null_fraction for row in catalog.rows(ColumnStatistics)}
    for index in catalog.indexes:
        row = index.row
        if len(row.columns) != 1 or row.predicate or row.method not in {"btree", "hash"}:
            continue
        share = shares.get((row.relation, row.columns[0]), 0.0)
        if share < at.null_ratio or index.bytes < at.min_index_bytes or not only_serves_queries(index):
            continue
        yield Observed(
            object=index_ref(index),
            message=f"{share:.0%} of the entries of index {index.name} of {index.relation.qualified_name} are null",
            evidence={"null_ratio": round(share, 3), "index_bytes": index.bytes},
            remedy=_remedy(index),
        )


def _remedy(index: Index) -> Fix | Advice:
    keys = key_list_sql(index)
    if keys is None:
        return Advice("Build the same index WHERE the column IS NOT NULL beside it, then drop this one.")
    column = quoted(index.relation.column_names(index.key_columns)[0])
    return replace_fix(index, f"{keys} where {column} is not null", "See first that no query asks for the nulls.")
