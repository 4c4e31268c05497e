"""Findings as records: the worst of each kind, with the reason from the check's page and the SQL that mends them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from pgaudit.reports.contract import Report, ReportFinding
from pgaudit.review.evidence.effects import change_of
from pgaudit.review.evidence.pages import part
from pgaudit.review.evidence.records import LeftOut, Record, RecordKind, Trust, record_id
from probes.catalog.catalog import Catalog
from probes.check import Check

MOST_OF_A_KIND = 60
"""Findings of one check that become records of their own; the rest is counted."""
_USER_TEXT_KINDS = frozenset({"query", "session"})


def finding_records(
    report: Report, catalog: Catalog, checks: Mapping[str, Check]
) -> tuple[list[Record], list[LeftOut]]:
    """A record for each finding, worst and largest first of each kind, and what was left out."""
    by_check: defaultdict[str, list[ReportFinding]] = defaultdict(list)
    for finding in report.findings:
        by_check[finding.check].append(finding)
    records: list[Record] = []
    omitted: list[LeftOut] = []
    for check_id, findings in by_check.items():
        worst = sorted(findings, key=_weight)
        records += _records(worst[:MOST_OF_A_KIND], report, catalog, checks.get(check_id))
        if len(worst) > MOST_OF_A_KIND:
            reason = f"only the {MOST_OF_A_KIND} gravest and largest of a kind"
            omitted.append(LeftOut(check_id, len(worst) - MOST_OF_A_KIND, reason))
    return records, omitted


def _weight(finding: ReportFinding) -> tuple[int, float, list[tuple[str, int]], str]:
    """Gravest and largest first; what weighs the same as a reader would look it up, lines of a file by their number."""
    sizes = [value for key, value in finding.evidence.items() if key.endswith("_bytes") and isinstance(value, int)]
    place = str(finding.evidence.get("place") or finding.object)
    return -finding.severity.rank, -max(sizes, default=0), _natural(place), finding.id


def _natural(text: str) -> list[tuple[str, int]]:
    """A key that puts `line 9` before `line 10`."""
    return [(word, int(digits or 0)) for word, digits in re.findall(r"(\D*)(\d*)", text)]


def _records(
    findings: Iterable[ReportFinding], report: Report, catalog: Catalog, check: Check | None
) -> Iterable[Record]:
    page = check.page if check else ""
    for finding in findings:
        yield Record(
            id=record_id(RecordKind.FINDING, finding.check, finding.object, (finding.id,)),
            kind=RecordKind.FINDING,
            topic=finding.check,
            title=report.titles.get(finding.check, finding.check),
            says=finding.message,
            facts=finding.evidence,
            severity=finding.severity,
            confidence=finding.confidence,
            object=finding.object,
            trust=Trust.UNTRUSTED_TEXT if finding.object.kind in _USER_TEXT_KINDS else Trust.CATALOG,
            why=part(page, "Why it matters"),
            remedy=part(page, "How to fix it safely"),
            harmless=part(page, "When it is harmless"),
            advice=finding.advice or (finding.fix.note if finding.fix else None),
            change=change_of(finding, catalog),
            finding=finding.id,
            accepted=finding.suppressed.reason if finding.suppressed else None,
        )
