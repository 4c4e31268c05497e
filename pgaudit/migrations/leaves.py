"""What a migration leaves behind: the scan's checks on the catalog before and after it."""

from __future__ import annotations

from collections.abc import Sequence

from pgaudit.audit.run import run_checks
from pgaudit.reports.contract import ReportFinding, published
from probes.catalog.catalog import Catalog
from probes.catalog.rows import Group
from probes.check import Check


def introduced_and_resolved(
    before: Catalog, after: Catalog, checks: Sequence[Check]
) -> tuple[tuple[ReportFinding, ...], tuple[ReportFinding, ...]]:
    """Findings that appear after the migration, and those that are gone. Only checks of structure can tell."""
    structural = [check for check in checks if all(row_type.group is Group.STRUCTURE for row_type in check.needs.areas)]
    old = {finding.id: finding for finding in run_checks(before, structural).findings}
    new = {finding.id: finding for finding in run_checks(after, structural).findings}
    introduces = tuple(published(finding) for key, finding in new.items() if key not in old)
    resolves = tuple(published(finding) for key, finding in old.items() if key not in new)
    return introduces, resolves
