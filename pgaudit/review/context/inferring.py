"""Filling the context from the database, as far as it goes: every value is marked as inferred."""

from __future__ import annotations

from pgaudit.reports.words import bytes_in_words
from pgaudit.review.context.model import Given, InputName, Source
from pgaudit.review.evidence.inventory.shape import own_tables
from pgaudit.review.evidence.inventory.tenancy import tables_of_tenants, tenant_column
from pgaudit.review.evidence.records import RecordKind
from pgaudit.review.evidence.workload import workload_records
from probes.catalog.catalog import Catalog

_ENTITIES = 25
_QUERIES = 5


def inferred_context(catalog: Catalog) -> dict[InputName, Given]:
    """What the database shows of the inputs."""
    found: dict[InputName, str | tuple[str, ...]] = {
        InputName.PROJECT: catalog.server.database,
        InputName.DATABASE_TYPE: "postgresql",
        InputName.DATA_MODEL: _entities(catalog),
        InputName.ACCESS_PATTERNS: _patterns(catalog),
        InputName.SCALE_TARGETS: _scale(catalog),
        InputName.TENANCY_MODEL: "shared" if tenant_column(catalog) else "",
    }
    return {name: Given(value, Source.INFERRED) for name, value in found.items() if value}


def _entities(catalog: Catalog) -> tuple[str, ...]:
    tables = sorted(own_tables(catalog), key=lambda table: (-table.heap_bytes, table.qualified_name))
    told: list[str] = []
    for table in tables[:_ENTITIES]:
        targets = sorted({key.referenced.qualified_name for key in table.foreign_keys if key.referenced})
        told.append(f"{table.qualified_name}{' refers to ' + ', '.join(targets) if targets else ''}")
    if len(tables) > _ENTITIES:
        told.append(f"and {len(tables) - _ENTITIES} smaller tables")
    return tuple(told)


def _patterns(catalog: Catalog) -> tuple[str, ...]:
    queries = [record for record in workload_records(catalog) if record.kind is RecordKind.QUERY][:_QUERIES]
    return tuple(f"{record.says}: {record.facts['query']}" for record in queries)


def _scale(catalog: Catalog) -> str:
    tables = own_tables(catalog)
    rows = sum(table.estimated_rows for table in tables)
    size = sum(table.heap_bytes for table in tables)
    tenants = tables_of_tenants(catalog)
    of_tenants = f", {len(tenants)} of them by tenant" if tenants else ""
    today = f"{len(tables)} tables{of_tenants}, about {rows:,.0f} rows, {bytes_in_words(size)} of heap"
    return f"today: {today}; targets: unknown"
