"""Foreign keys of one table on one other: few tables have several, and only those can say a thing twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import ForeignKey
from probes.catalog.rows import PgConstraint
from probes.checks._support.refs import SCOPE


def parallel_keys(catalog: Catalog) -> Iterator[list[ForeignKey]]:
    """Groups of two or more foreign keys that tie the same two tables."""
    groups = catalog.derived(("parallel keys", catalog.scope), (*SCOPE, PgConstraint), lambda: _groups(catalog))
    return ([ForeignKey(catalog, row) for row in rows] for rows in groups)


def _groups(catalog: Catalog) -> Sequence[list[PgConstraint]]:
    found: dict[tuple[int, int], list[PgConstraint]] = {}
    for row in catalog.foreign_keys_in_scope:
        found.setdefault((row.relation, row.referenced), []).append(row)
    return [rows for rows in found.values() if len(rows) > 1]


def pairs_of(key: ForeignKey) -> frozenset[tuple[int, int]]:
    """Its columns, by number, each with the one it references."""
    return frozenset(zip(key.row.columns, key.row.referenced_columns, strict=True))
