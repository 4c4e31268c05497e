"""Usage of one database seen from several nodes: a standby's queries are counted on the standby."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.rows import IndexStatistics, Row, TableStatistics

R = TypeVar("R", bound=Row)

_INDEX_SUMS = ("scans", "tuples_read", "tuples_fetched", "blocks_read", "blocks_hit")
_TABLE_SUMS = ("sequential_scans", "sequential_tuples_read", "blocks_read", "blocks_hit")


class ForeignNodeError(ValueError):
    """The other node is not a copy of this one: object ids mean nothing across clusters."""


def merge_usage(catalog: Catalog, others: Iterable[Catalog]) -> Catalog:
    """The catalog with the scans that other nodes of the same cluster counted added to its own.

    The age of the counters becomes that of the youngest node: what is unused must be unused everywhere.

    Raises:
        ForeignNodeError: A node serves another database than this one.
        NotCollectedError: A node gave no counters.
    """
    merged = catalog
    for other in others:
        ours, theirs = merged.server, other.server
        if (ours.database_oid, ours.database) != (theirs.database_oid, theirs.database):
            raise ForeignNodeError(f"{theirs.database} is not {ours.database}, or of another cluster")
        merged = _with_usage(merged, other)
    return merged


def _with_usage(catalog: Catalog, other: Catalog) -> Catalog:
    indexes = _summed(catalog, other, IndexStatistics, "index", _INDEX_SUMS, "last_scan_at")
    tables = _summed(catalog, other, TableStatistics, "relation", _TABLE_SUMS, "last_sequential_scan_at")
    youngest = max((catalog.server, other.server), key=lambda server: -server.counters_age_seconds)
    server = msgspec.structs.replace(
        catalog.server,
        started_at=youngest.started_at,
        stats_reset_at=youngest.stats_reset_at,
        merged_nodes=catalog.server.merged_nodes + 1,
    )
    replaced = catalog.replacing({IndexStatistics: indexes, TableStatistics: tables})
    return Catalog(server, dict(replaced.areas()), catalog.scope)


def _summed(
    catalog: Catalog, other: Catalog, row_type: type[R], key: str, sums: tuple[str, ...], latest: str
) -> tuple[R, ...]:
    theirs = other.keyed(row_type, key)
    found: list[R] = []
    for row in catalog.rows(row_type):
        match = theirs.get(getattr(row, key))
        if match is None:
            found.append(row)
            continue
        changes = {name: getattr(row, name) + getattr(match, name) for name in sums}
        changes[latest] = max((t for t in (getattr(row, latest), getattr(match, latest)) if t), default=None)
        found.append(msgspec.structs.replace(row, **changes))
    return tuple(found)
