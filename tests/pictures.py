"""Pictures of databases, as the program takes them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import psycopg

from probes.catalog.catalog import Catalog
from probes.catalog.rows import Row
from probes.collect.collector import Collector

_DAY_S = 86_400


def picture_of(dsn: str, *, dictionaries: bool = False, only: Iterable[type[Row]] | None = None) -> Catalog:
    """The picture of a database; of the server's state only the areas that are asked for, or all."""
    collector = Collector(lambda: psycopg.connect(dsn, autocommit=True, prepare_threshold=None))
    return collector.collect(dictionaries=dictionaries, only=only).catalog


def aged(catalog: Catalog, *, days: float = 0, seconds: float = 0) -> Catalog:
    """The same picture, whose counters are said to have begun so long before: a server's are as young as the test."""
    started_at = catalog.server.collected_at - days * _DAY_S - seconds
    server = msgspec.structs.replace(catalog.server, started_at=started_at, stats_reset_at=None)
    return Catalog(server, dict(catalog.areas()), catalog.scope)
