"""Comparing two reports without a store."""

from __future__ import annotations

from pgaudit.reports.contract import Report, ReportFinding
from pgaudit.store.magnitude import magnitude_of
from pgaudit.store.recording import Recorded
from pgaudit.store.reporting import with_states
from pgaudit.store.states import Coverage, Sighting, State, Tracked, follow


def compared(before: Report, after: Report) -> Report:
    """The later report with the state of each finding against the earlier one.

    Reports hold no catalog: what was dropped cannot be told from what was mended, and both are called fixed.
    """
    known = [_tracked(finding) for finding in before.findings]
    seen = [_sighting(finding) for finding in after.findings]
    coverage = Coverage(
        checked=frozenset(after.checked),
        skips=after.skipped,
        same_tool=before.tool.version == after.tool.version,
    )
    recorded = Recorded(
        run_id=0,
        target=after.target.name,
        findings=tuple(follow(known, seen, coverage)),
        previous_run_id=None,
        previous_run_at=before.started_at,
    )
    return with_states(after, recorded)


def _tracked(finding: ReportFinding) -> Tracked:
    magnitude, _ = magnitude_of(finding.evidence)
    state = State.SUPPRESSED if finding.suppressed else State.UNCHANGED
    return Tracked(finding.id, finding.check, finding.object, finding.severity, state, magnitude)


def _sighting(finding: ReportFinding) -> Sighting:
    magnitude, unit = magnitude_of(finding.evidence)
    suppressed = finding.suppressed is not None
    return Sighting(finding.id, finding.check, finding.object, finding.severity, magnitude, unit, suppressed)
