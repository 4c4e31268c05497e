"""What a migration leaves behind: the scan's checks on the catalog before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pgaudit.audit.run import run_checks
from pgaudit.audit.standards import Standards
from pgaudit.audit.suppression import suppress
from pgaudit.reports.contract import ReportFinding, published
from pgaudit.store.objects import Objects
from probes.catalog.catalog import Catalog
from probes.catalog.rows import Group
from probes.check import Check
from probes.finding import Finding

_ABOUT_OBJECTS = frozenset({"constraints", "indexes", "partitioning", "schema", "security", "sequences", "tenancy"})


def introduced_and_resolved(
    before: Catalog, after: Catalog, by: Standards, today: date
) -> tuple[tuple[ReportFinding, ...], tuple[ReportFinding, ...]]:
    """Findings that appear after the migration, and those that are gone. One on a renamed object is neither.

    Args:
        before: The database as it is, within the scope of the standards.
        after: As the migration leaves it.
        by: What a scan of the project judges by; what it has accepted is marked.
        today: The day that acceptances are judged by.
    """
    able = [check for check in by.checks if _can_tell(check)]
    old, found = run_checks(before, able, by.policy).findings, run_checks(after, able, by.policy).findings
    new = suppress(found, by.accepted, after, today).findings
    stood, stands = _Told(old, before), _Told(new, after)
    introduces = tuple(published(finding) for finding in new if not stood.has(finding, stands))
    resolves = tuple(published(finding) for finding in old if not stands.has(finding, stood))
    return introduces, resolves


def _can_tell(check: Check) -> bool:
    """Whether it judges what a migration changes: structure, even where it looks at a counter for how bad it is."""
    if all(row_type.group is Group.STRUCTURE for row_type in check.needs.areas):
        return True
    return check.area in _ABOUT_OBJECTS and not check.needs.counters_days


class _Told:
    """The findings on one catalog."""

    def __init__(self, findings: Sequence[Finding], catalog: Catalog) -> None:
        self._objects = Objects(catalog)
        self._ids = {finding.id for finding in findings}
        self._names: dict[object, set[str]] = {}
        for finding in findings:
            self._names.setdefault(self._row(finding), set()).add(str(finding.object))

    def has(self, finding: Finding, others: _Told) -> bool:
        """Whether a finding of the others is here too: the same one, or one on the same row under another name."""
        if finding.id in self._ids:
            return True
        row = others._row(finding)
        return row is not None and bool(self._names.get(row, set()) - {str(finding.object)})

    def _row(self, finding: Finding) -> object:
        oid = self._objects.oid_of(finding.object)
        return None if oid is None else (finding.check, finding.object.kind, oid)
