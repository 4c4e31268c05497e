"""How single tables are used, as rows of data."""

from __future__ import annotations

from collections.abc import Iterator

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import IndexStatistics, PgIndex, PgInherits, Row, TableStatistics
from probes.check import Thresholds
from probes.checks._support.refs import SCOPE, relation_ref
from probes.checks._support.rules import Rule, check_of
from probes.finding import Advice, Confidence, Fix, Observed, Severity

_VIEW = "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW"
_AREAS: tuple[type[Row], ...] = (*SCOPE, PgInherits, TableStatistics)


class ScanAt(Thresholds, frozen=True):
    """When reading in full is too much."""

    rows_per_scan: float = 10_000
    scans: int = 100
    share_ratio: float = 0.3


class WrittenAt(Thresholds, frozen=True):
    """When writing counts."""

    writes: int = 1


class HotAt(Thresholds, frozen=True):
    """When updates are expensive."""

    updates: int = 10_000
    hot_ratio: float = 0.2


def _counters(table: Relation) -> list[TableStatistics]:
    found = [leaf.statistics for leaf in table.leaves]
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) else []


def _roots(catalog: Catalog) -> Iterator[tuple[Relation, list[TableStatistics]]]:
    """Tables and partition roots, with the counters of their leaves."""
    for table in catalog.tables:
        if not table.row.is_partition and (counters := _counters(table)):
            yield table, counters


def _scan_heavy(catalog: Catalog, at: ScanAt) -> Iterator[Observed]:
    known = list(_roots(catalog))
    total = sum(one.sequential_tuples_read for _, counters in known for one in counters)
    for table, counters in known:
        scans = sum(one.sequential_scans for one in counters)
        rows = sum(one.sequential_tuples_read for one in counters)
        if scans >= at.scans and rows / scans >= at.rows_per_scan and rows / total >= at.share_ratio:
            yield Observed(
                object=relation_ref(table),
                message=(
                    f"{table.qualified_name} was read in full {scans} times, {rows / scans:.0f} rows each: "
                    f"{rows / total:.0%} of all such reading"
                ),
                evidence={"sequential_scans": scans, "rows_per_scan": round(rows / scans), "share_ratio": rows / total},
                remedy=Advice(
                    "Find the statements (workload/top_by_io) and index what they filter by. Which columns those are "
                    "the counters do not say."
                ),
            )


def _never_read(catalog: Catalog, at: WrittenAt) -> Iterator[Observed]:
    for table, counters in _roots(catalog):
        writes = sum(one.inserted + one.updated + one.deleted for one in counters)
        scans = sum(one.sequential_scans for one in counters)
        if writes < at.writes or scans:
            continue
        by_index = [
            catalog.find(IndexStatistics, index.oid, "index") for leaf in table.leaves for index in leaf.indexes
        ]
        if not any(one is None or one.scans for one in by_index):
            yield Observed(
                object=relation_ref(table),
                message=f"{table.qualified_name} was written {writes} times and never read",
                evidence={"writes": writes, "table_bytes": table.heap_bytes},
                remedy=Advice("Ask who writes it and what for. Dropping it is for those who know, so no SQL is given."),
            )


def _hot(catalog: Catalog, at: HotAt) -> Iterator[Observed]:
    for table, counters in _roots(catalog):
        updates = sum(one.updated for one in counters)
        hot = sum(one.hot_updated for one in counters)
        if updates < at.updates or hot / updates >= at.hot_ratio:
            continue
        leaves = [leaf for leaf in table.leaves if not any(one.startswith("fillfactor") for one in leaf.row.options)]
        if leaves:
            yield Observed(
                object=relation_ref(table),
                message=f"only {hot / updates:.0%} of {updates} updates of {table.qualified_name} spared its indexes",
                evidence={"updates": updates, "hot_ratio": round(hot / updates, 3), "indexes": len(table.indexes)},
                remedy=Fix(
                    sql=tuple(f"alter table {leaf.sql} set (fillfactor = 90)" for leaf in leaves),
                    changes=("pg_class",),
                    note="It counts for pages written from now on. An index on a column that changes with every "
                    "update rules such updates out: see indexes/unused first.",
                ),
            )


_RULES = (
    Rule(
        id="workload/seq_scan_heavy_tables",
        title="Table that is read in full again and again",
        severity=Severity.MEDIUM,
        confidence=Confidence.MEDIUM,
        areas=_AREAS,
        thresholds=ScanAt,
        counters_days=1,
        judge=_scan_heavy,
        what="One table accounts for much of all rows that are read by sequential scans.",
        why="Each scan reads every row to keep a few, evicts other pages, and takes longer as the table grows.",
        harmless="Reports that need all rows.",
        fix="Find in pg_stat_statements which statement reads it, look at its plan, and build the index that it lacks "
        "concurrently; an index on a guess only makes writes dearer.",
        decided="A hundred scans, ten thousand rows in each, and three tenths of all rows that scans read in this "
        "database since the counters began. Rows per scan make small tables drop out; leaves of a partitioned table "
        "are added up.",
        limits="ANALYZE, dumps and index builds scan as well.",
        source=_VIEW,
    ),
    Rule(
        id="workload/never_read_table",
        title="Table that is written and never read",
        severity=Severity.INFO,
        confidence=Confidence.MEDIUM,
        areas=(*_AREAS, PgIndex, IndexStatistics),
        thresholds=WrittenAt,
        counters_days=30,
        primary=True,
        judge=_never_read,
        what="Rows go into the table, and for a month no query has read any of it, in order or by an index.",
        why="It takes disk, WAL, backup and VACUUM for nothing, or the job that should read it has stopped.",
        harmless="An audit trail, or a queue that is read by logical replication.",
        fix="Rename it for a week before it is dropped.",
        decided="Scans of the table and of all its indexes, partitions included, are zero; it has been written.",
        limits="Reads on standbys are counted there.",
        source=_VIEW,
    ),
    Rule(
        id="workload/write_profile_and_hot_ratio",
        title="Updates that touch every index",
        severity=Severity.INFO,
        confidence=Confidence.MEDIUM,
        areas=(*_AREAS, PgIndex),
        thresholds=HotAt,
        counters_days=1,
        judge=_hot,
        what="Few updates of a busy table find room on the same page (heap-only updates).",
        why="All others write a new entry into each index, make more WAL, and leave more for VACUUM.",
        harmless="Updates are meant to change indexed columns.",
        fix="A fillfactor of 90 leaves room on each page; drop indexes on columns that change all the time.",
        decided="n_tup_hot_upd against n_tup_upd, and no fillfactor set yet.",
        limits="Whether indexed columns change the counters do not say.",
        source="https://www.postgresql.org/docs/current/storage-hot.html",
    ),
)

CHECKS = tuple(check_of(rule) for rule in _RULES)
