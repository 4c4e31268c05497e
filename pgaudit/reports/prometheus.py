"""A scan's or a gate's numbers as Prometheus's text format, for the textfile collector: no timestamps, few labels."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from pgaudit.reports.contract import Report
from pgaudit.reports.gate_contract import GateReport
from pgaudit.reports.interface import Published, View
from pgaudit.reports.page import Page
from pgaudit.reports.paging import page_of

_MEASURES = {
    "xid_age_ratio": "Age of the oldest transaction ID, of what is possible.",
    "sequence_used_ratio_max": "How far the fullest sequence has run.",
}


def render(report: Published, view: View) -> str:
    """The metrics, ending in a newline."""
    del view  # a metric that leaves something out would lie
    registry = CollectorRegistry()
    page = page_of(report)
    _findings(registry, page)
    match report:
        case Report():
            _scan(registry, report)
        case GateReport():
            _gauge(registry, "pending_migration_statements", "Statements that wait to be deployed.", page.name).set(
                len(report.statements)
            )
    return generate_latest(registry).decode()


def _findings(registry: CollectorRegistry, page: Page) -> None:
    by_kind = Gauge(
        "pgaudit_findings",
        "Findings that nobody has accepted.",
        ("target", "severity", "category", "state"),
        registry=registry,
    )
    counted = Counter(
        (item.severity.value, item.area, item.state.value if item.state else "") for item in page.open_items
    )
    for (severity, area, state), count in counted.items():
        by_kind.labels(page.name, severity, area, state).set(count)
    by_rule = Gauge("pgaudit_rule_findings", "The same by check.", ("target", "rule"), registry=registry)
    for rule, count in Counter(item.rule for item in page.open_items).items():
        by_rule.labels(page.name, rule).set(count)


def _scan(registry: CollectorRegistry, report: Report) -> None:
    name, target = page_of(report).name, report.target
    _gauge(registry, "score", "100 less what the findings cost.", name).set(report.score.value)
    _gauge(registry, "scan_duration_seconds", "How long the scan took.", name).set(report.duration_ms / 1000)
    _gauge(registry, "stats_age_seconds", "For how long counters have been counting.", name).set(
        target.stats_age_seconds
    )
    if report.interrupted is None:
        ended = datetime.fromisoformat(report.started_at).timestamp() + report.duration_ms / 1000
        _gauge(registry, "last_success_timestamp_seconds", "When a scan last came to its end.", name).set(ended)
    status = Gauge("pgaudit_checks", "Checks by how they fared.", ("target", "status"), registry=registry)
    status.labels(name, "checked").set(len(report.checked))
    status.labels(name, "not_checked").set(len({skip.check for skip in report.skipped if skip.object is None}))
    status.labels(name, "partly_checked").set(len({skip.check for skip in report.skipped if skip.object}))
    status.labels(name, "broken").set(len(report.failed))
    for measure, meaning in _MEASURES.items():
        if measure in report.measures:
            _gauge(registry, measure, meaning, name).set(report.measures[measure])
    about = Gauge("pgaudit_info", "Always 1.", ("target", "version", "pg_version"), registry=registry)
    about.labels(name, report.tool.version, str(target.server_version_num)).set(1)


def _gauge(registry: CollectorRegistry, name: str, meaning: str, target: str) -> Gauge:
    return Gauge(f"pgaudit_{name}", meaning, ("target",), registry=registry).labels(target)
