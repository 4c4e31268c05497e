"""Tables that vacuum or analyze should have come to: rules over counters which differ only in data."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from probes.catalog.catalog import Catalog
from probes.catalog.navigation import Relation
from probes.catalog.rows import PgSetting, Progress, TableStatistics
from probes.check import Check, Judge, Needs, Thresholds, Unchecked
from probes.checks._support.autovacuum import analyze_threshold, insert_threshold, vacuum_threshold
from probes.checks._support.refs import SCOPE, relation_ref
from probes.checks.vacuum import _maintenance_pages as pages
from probes.finding import Confidence, Fix, Observed, Severity

_SECONDS_A_DAY = 86_400
_ROUTINE = "https://www.postgresql.org/docs/current/routine-vacuuming.html"


class MaintenanceThresholds(Thresholds, frozen=True):
    """Thresholds of these checks."""

    min_rows: int = 10_000
    dead_ratio: float = 0.20
    overdue_factor: float = 2.0
    """How many times its threshold a table may exceed before autovacuum counts as overdue."""
    stale_vacuum_days: float = 30.0
    stale_analyze_days: float = 7.0
    all_visible_ratio: float = 0.5


class Unknown(msgspec.Struct, frozen=True):
    """Said where a rule lacks a setting."""

    reason: str


Said = str | Unknown | None


class Rule(msgspec.Struct, frozen=True):
    """One way of being neglected."""

    name: str
    title: str
    page: str
    severity: Severity
    says: Callable[[Relation, TableStatistics, MaintenanceThresholds], Said]
    command: str
    source: str = _ROUTINE
    aliases: tuple[str, ...] = ()


def _judge(rule: Rule) -> Judge:
    def judge(catalog: Catalog, at: MaintenanceThresholds) -> Iterator[Observed | Unchecked]:
        at_work = {row.relation for row in catalog.rows(Progress) if row.command in {"vacuum", "analyze"}}
        by_relation = catalog.keyed(TableStatistics, "relation")
        for row in catalog.relations_in_scope:
            counters = by_relation.get(row.oid)
            if counters is None or row.oid in at_work or _is_untouched(counters):
                continue
            table = Relation(catalog, row)
            said = rule.says(table, counters, at)
            if isinstance(said, Unknown):
                yield Unchecked(relation_ref(table), said.reason)
            elif said:
                yield _observed(rule, table, counters, said)

    return judge


def _is_untouched(counters: TableStatistics) -> bool:
    """Whether there is nothing in the table that anybody could have neglected."""
    changed = counters.dead_tuples or counters.modified_since_analyze or counters.inserted_since_vacuum
    return not (changed or counters.live_tuples)


def _observed(rule: Rule, table: Relation, counters: TableStatistics, said: str) -> Observed:
    return Observed(
        object=relation_ref(table),
        message=f"{table.qualified_name} {said}",
        evidence={
            "live_tuples": counters.live_tuples,
            "dead_tuples": counters.dead_tuples,
            "modified_since_analyze": counters.modified_since_analyze,
            "inserted_since_vacuum": counters.inserted_since_vacuum,
            "table_pages": table.row.pages,
            "all_visible_pages": table.row.all_visible_pages,
        },
        remedy=Fix(
            sql=(f"{rule.command} {table.sql}",),
            changes=(),
            transactional=False,
            note="It reads and writes, and hinders nobody. Find out why autovacuum did not come, or it will be back.",
        ),
    )


def _dead(table: Relation, counters: TableStatistics, at: MaintenanceThresholds) -> Said:  # noqa: ARG001
    total = counters.live_tuples + counters.dead_tuples
    if total < at.min_rows or counters.dead_tuples < total * at.dead_ratio:
        return None
    return f"is {counters.dead_tuples / total:.0%} dead rows: every scan reads past {counters.dead_tuples:,} of them"


def _overdue(table: Relation, counters: TableStatistics, at: MaintenanceThresholds) -> Said:
    threshold = vacuum_threshold(table)
    if threshold is None:
        return Unknown("settings of autovacuum are not visible")
    if counters.dead_tuples <= threshold * at.overdue_factor:
        return None
    return f"has {counters.dead_tuples:,} dead rows; autovacuum should have come at {threshold:,.0f}"


def _vacuum_stale(table: Relation, counters: TableStatistics, at: MaintenanceThresholds) -> Said:
    changed = counters.dead_tuples + counters.inserted_since_vacuum
    days = _days_since(table, counters.last_vacuum_at, counters.last_autovacuum_at)
    if changed < at.min_rows or days < at.stale_vacuum_days:
        return None
    return f"was not vacuumed for {days:.0f} days, in which {changed:,} rows were inserted, updated or deleted"


def _analyze_stale(table: Relation, counters: TableStatistics, at: MaintenanceThresholds) -> Said:
    threshold = analyze_threshold(table)
    if threshold is None:
        return Unknown("settings of autovacuum are not visible")
    days = _days_since(table, counters.last_analyze_at, counters.last_autoanalyze_at)
    changed = counters.modified_since_analyze
    if changed < max(at.min_rows, threshold) or days < at.stale_analyze_days:
        return None
    return f"was not analysed for {days:.0f} days and {changed:,} changes: the planner works with old numbers"


def _never_frozen(table: Relation, counters: TableStatistics, at: MaintenanceThresholds) -> Said:
    threshold = insert_threshold(table)
    row = table.row
    if row.pages == 0 or counters.live_tuples < at.min_rows or counters.updated + counters.deleted:
        return None
    if threshold is not None and counters.inserted_since_vacuum <= threshold:
        return None
    if row.all_visible_pages >= row.pages * at.all_visible_ratio:
        return None
    return "only grows and was never frozen: index-only scans read the table, and wraparound will find it all at once"


def _days_since(table: Relation, *times: float | None) -> float:
    """Days since the latest of the times; since the counters began where there was none."""
    server = table.catalog.server
    last = max((time for time in times if time is not None), default=server.collected_at - server.counters_age_seconds)
    return (server.collected_at - last) / _SECONDS_A_DAY


RULES = (
    Rule("dead_tuples", "Table full of dead rows", pages.DEAD, Severity.MEDIUM, _dead, "vacuum (analyze)"),
    Rule(
        "autovacuum_overdue",
        "Autovacuum is overdue",
        pages.OVERDUE,
        Severity.MEDIUM,
        _overdue,
        "vacuum (analyze)",
        f"{_ROUTINE}#AUTOVACUUM",
    ),
    Rule(
        "vacuum_stale",
        "Changed table that was not vacuumed for long",
        pages.VACUUM_STALE,
        Severity.LOW,
        _vacuum_stale,
        "vacuum (analyze)",
    ),
    Rule(
        "analyze_stale",
        "Changed table that was not analysed for long",
        pages.ANALYZE_STALE,
        Severity.LOW,
        _analyze_stale,
        "analyze",
        f"{_ROUTINE}#VACUUM-FOR-STATISTICS",
        ("vacuum/analyze_overdue",),
    ),
    Rule(
        "insert_only_never_frozen",
        "Growing table that was never frozen",
        pages.NEVER_FROZEN,
        Severity.LOW,
        _never_frozen,
        "vacuum (freeze, analyze)",
        f"{_ROUTINE}#VACUUM-FOR-VISIBILITY-MAP",
    ),
)

CHECKS = tuple(
    Check(
        id=f"vacuum/{rule.name}",
        title=rule.title,
        severity=rule.severity,
        confidence=Confidence.MEDIUM,
        needs=Needs(areas=(*SCOPE, PgSetting, TableStatistics, Progress), primary=True),
        sources=(rule.source,),
        page=rule.page,
        judge=_judge(rule),
        thresholds=MaintenanceThresholds,
        aliases=rule.aliases,
    )
    for rule in RULES
)
