"""Schemas as checks look at them."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.rows import PgNamespace


def schemas_in_scope(catalog: Catalog) -> Iterator[PgNamespace]:
    """Rows of the schemas that are audited."""
    covered = catalog.schemas_in_scope
    return (row for row in catalog.rows(PgNamespace) if row.oid in covered)
