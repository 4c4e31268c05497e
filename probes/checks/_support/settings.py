"""Settings at their several levels."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgDbRoleSetting


def bound_values(catalog: Catalog, name: str) -> Iterator[tuple[PgDbRoleSetting, str]]:
    """Values of a setting that are bound to this database, to a role, or to both."""
    for row in catalog.rows(PgDbRoleSetting):
        if row.database not in {0, catalog.server.database_oid}:
            continue
        for assignment in row.settings:
            bound, _, value = assignment.partition("=")
            if bound == name:
                yield row, value
