"""What can be told of a single partition."""

from __future__ import annotations

from probes.catalog.navigation import Relation


def holds_rows(leaf: Relation) -> bool:
    """Whether a partition holds rows: by its counters where there are some, else by its size."""
    counters = leaf.statistics
    if counters and (counters.live_tuples or counters.inserted or counters.deleted):
        return counters.live_tuples > 0
    return leaf.row.pages > 0
