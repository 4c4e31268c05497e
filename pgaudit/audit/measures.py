"""The few numbers of a whole database that somebody watches day by day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgDatabase, PgSequence, SequenceUse

_LAST_XID_AGE = 2**31
"""Transaction IDs that may lie between the oldest and the newest."""


def measures(catalog: Catalog) -> Mapping[str, float]:
    """Numbers by name with their unit; one that could not be collected is not there."""
    return dict((*_age(catalog), *_sequences(catalog)))


def _age(catalog: Catalog) -> Iterator[tuple[str, float]]:
    if catalog.absent(PgDatabase) is None:
        row = catalog.find(PgDatabase, catalog.server.database_oid)
        if row is not None:
            yield "xid_age_ratio", row.frozen_age_xids / _LAST_XID_AGE


def _sequences(catalog: Catalog) -> Iterator[tuple[str, float]]:
    if catalog.absent(PgSequence) is not None or catalog.absent(SequenceUse) is not None:
        return
    used = [
        (use.last_value - row.minimum + 1) / (row.maximum - row.minimum + 1)
        for row in catalog.rows(PgSequence)
        if row.increment > 0
        and not row.cycle
        and (use := catalog.find(SequenceUse, row.relation, "relation")) is not None
        and use.last_value is not None
    ]
    if used:
        yield "sequence_used_ratio_max", max(used)
