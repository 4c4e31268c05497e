"""Indexes that are used, but hardly: rules over counters which differ only in data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Index, Relation
from probes.catalog.rows import IndexStatistics, PgAttribute, PgConstraint, PgIndex, PgInherits, TableStatistics
from probes.check import Check, Judge, Needs, Thresholds
from probes.checks._support.index_use import (
    last_scan_at,
    needed_by_foreign_keys,
    only_serves_queries,
    table_scans,
    table_writes,
)
from probes.checks._support.indexes import covers, drop_fix, scans_of, shape_of, unread_part
from probes.checks._support.refs import SCOPE, index_ref
from probes.checks.indexes import _index_use_pages as pages
from probes.finding import Confidence, Observed, Severity

_SECONDS_A_DAY = 86_400
_VIEW = "https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW"


class IndexUseThresholds(Thresholds, frozen=True):
    """Thresholds of these checks."""

    min_writes: int = 100
    rare_scan_ratio: float = 0.10
    """Of the scans of the table, below which an index is rarely used."""
    rare_scans_per_write: float = 1.0
    large_index_bytes: int = 104_857_600
    seldom_scan_ratio: float = 0.05
    idle_days: float = 90.0


class Use(msgspec.Struct, frozen=True, gc=False):
    """The numbers about one index that the rules look at."""

    scans: int
    scans_of_table: int
    writes: int
    index_bytes: int
    idle_days: float | None

    @property
    def scan_ratio(self) -> float:
        """Its share of all scans of the table."""
        return self.scans / self.scans_of_table if self.scans_of_table else 0.0

    @property
    def scans_per_write(self) -> float:
        """Scans for each row that was written."""
        return self.scans / self.writes if self.writes else float("inf")


class Rule(msgspec.Struct, frozen=True):
    """One way of being hardly used."""

    name: str
    title: str
    page: str
    says: Callable[[Use, IndexUseThresholds], str | None]
    counters_days: float = 7
    min_version_num: int = 130000
    severity: Severity = Severity.LOW


def _judge(rule: Rule) -> Judge:
    def judge(catalog: Catalog, at: IndexUseThresholds) -> Iterator[Observed]:
        by_relation = catalog.grouped(PgIndex, "relation")
        scanned = {row.index for row in catalog.rows(IndexStatistics) if row.scans}
        for relation in catalog.relations_in_scope if scanned else ():
            rows = by_relation.get(relation.oid, ())
            plain = [Index(catalog, row) for row in rows if not row.unique and (row.oid in scanned or row.kind == "I")]
            candidates = [index for index in plain if only_serves_queries(index) and scans_of(index)]
            if not candidates:
                continue
            table = Relation(catalog, relation)
            scans_of_table, writes = table_scans(table), table_writes(table)
            said = {
                index.oid: (use, text)
                for index in candidates
                if (text := rule.says(use := _use(catalog, index, scans_of_table, writes), at))
            }
            kept = needed_by_foreign_keys(table, said) | _replacing_others(table, said)
            for index in candidates:
                if index.oid in said and index.oid not in kept:
                    yield _observed(index, *said[index.oid])

    return judge


def _replacing_others(table: Relation, candidates: Iterable[int]) -> set[int]:
    """Of indexes that might go, those for which `indexes/redundant_prefix` lets a narrower one go."""
    might_go = set(candidates)
    if not might_go:
        return set()
    known = [index for index in table.indexes if index.row.method == "btree" and index.is_usable]
    shapes = [(index.oid, shape_of(index)) for index in known if unread_part(index) is None]
    return {oid for oid, wide in shapes if oid in might_go and any(covers(wide, narrow) for _, narrow in shapes)}


def _use(catalog: Catalog, index: Index, scans_of_table: int, writes: int) -> Use:
    last = last_scan_at(index)
    idle_days = (catalog.server.collected_at - last) / _SECONDS_A_DAY if last is not None else None
    return Use(scans_of(index) or 0, scans_of_table, writes, index.bytes, idle_days)


def _observed(index: Index, use: Use, text: str) -> Observed:
    return Observed(
        object=index_ref(index),
        message=f"index {index.name} of {index.relation.qualified_name} {text}",
        evidence={
            "index_bytes": use.index_bytes,
            "index_scans": use.scans,
            "table_scans": use.scans_of_table,
            "table_writes": use.writes,
            "idle_days": None if use.idle_days is None else round(use.idle_days, 1),
        },
        remedy=drop_fix(index, "Keep its definition: few scans may still be the ones that matter."),
    )


def _rarely(use: Use, at: IndexUseThresholds) -> str | None:
    if use.writes <= at.min_writes or use.scans_per_write > at.rare_scans_per_write:
        return None
    if use.scan_ratio >= at.rare_scan_ratio:
        return None
    return f"was written {use.writes:,} times and read {use.scans:,} times"


def _seldom_and_large(use: Use, at: IndexUseThresholds) -> str | None:
    if use.index_bytes < at.large_index_bytes or use.scan_ratio >= at.seldom_scan_ratio:
        return None
    if use.scans_per_write <= at.rare_scans_per_write and use.writes > at.min_writes:
        return None  # that is what rarely_used reports
    return f"takes {use.index_bytes / 1_048_576:,.0f} MB and serves {use.scan_ratio:.1%} of the table's scans"


def _long_ago(use: Use, at: IndexUseThresholds) -> str | None:
    if use.idle_days is None or use.idle_days < at.idle_days:
        return None
    return f"was last used {use.idle_days:,.0f} days ago"


RULES = (
    Rule("rarely_used", "Index that is written far more than read", pages.RARELY, _rarely),
    Rule("seldom_used_large", "Large index that is seldom used", pages.SELDOM, _seldom_and_large),
    Rule(
        "last_used_long_ago",
        "Index that was last used long ago",
        pages.LONG_AGO,
        _long_ago,
        counters_days=0,
        min_version_num=160000,
    ),
)

CHECKS = tuple(
    Check(
        id=f"indexes/{rule.name}",
        title=rule.title,
        severity=rule.severity,
        confidence=Confidence.MEDIUM,
        needs=Needs(
            areas=(*SCOPE, PgAttribute, PgConstraint, PgIndex, PgInherits, TableStatistics, IndexStatistics),
            counters_days=rule.counters_days,
            min_version_num=rule.min_version_num,
        ),
        sources=(_VIEW,),
        page=rule.page,
        judge=_judge(rule),
        thresholds=IndexUseThresholds,
    )
    for rule in RULES
)
