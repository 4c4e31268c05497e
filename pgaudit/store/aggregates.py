"""Numbers of a whole database that are worth following: how vacuum keeps up, and how far tenants are told apart."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgClass, PgSetting, Row, TableStatistics
from probes.checks._support.autovacuum import vacuum_threshold
from probes.checks._support.refs import SCOPE
from probes.checks._support.tenancy import TENANCY, Tenancy, tenancy_of

Number = tuple[str, float]
"""A metric, with its unit, and its value."""


def aggregates(catalog: Catalog) -> Iterator[Number]:
    """What is known of the database as a whole; areas that were not collected give nothing."""
    if _has(catalog, *SCOPE, PgSetting, TableStatistics):
        yield from _vacuum(catalog)
    if _has(catalog, *TENANCY):
        yield from _tenants(catalog)


def _has(catalog: Catalog, *row_types: type[Row]) -> bool:
    return all(catalog.absent(row_type) is None for row_type in row_types)


def _vacuum(catalog: Catalog) -> Iterator[Number]:
    limit = catalog.setting("autovacuum_freeze_max_age")
    if limit is not None:
        yield "freeze_max_age_xids", float(limit.value)
    if catalog.server.in_recovery:
        return  # a standby counts no dead rows: vacuum is the primary's work
    counted = [(row, counters) for row in catalog.relations_in_scope if (counters := _counters(catalog, row))]
    dead, live = (sum(getattr(one, name) for _, one in counted) for name in ("dead_tuples", "live_tuples"))
    if dead + live == 0:
        return  # counters that began anew know of no row, and a share of nothing is no share
    yield "dead_rows", dead
    yield "live_rows", live
    thresholds = [(one.dead_tuples, vacuum_threshold(Relation(catalog, row))) for row, one in counted]
    known = [(rows, threshold) for rows, threshold in thresholds if threshold is not None]
    yield "tables_past_vacuum_threshold", sum(rows > threshold for rows, threshold in known)


def _counters(catalog: Catalog, row: PgClass) -> TableStatistics | None:
    return catalog.find(TableStatistics, row.oid, "relation") if row.kind in "rm" else None


def _tenants(catalog: Catalog) -> Iterator[Number]:
    """Partitions are left to their root: queries go there, and so do its policies."""
    tenancy = tenancy_of(catalog)
    tables = [row for row in catalog.tables_in_scope if not row.is_partition]
    if tenancy is None or not tables:
        return
    yield "tables", len(tables)
    yield "tables_with_tenant", sum(_leads_to_a_tenant(row, tenancy) for row in tables)
    yield "tables_with_row_security", sum(row.row_security for row in tables)


def _leads_to_a_tenant(row: PgClass, tenancy: Tenancy) -> bool:
    return row.oid in tenancy.carriers or row.oid in tenancy.led_by or row.oid == tenancy.tenant_table
