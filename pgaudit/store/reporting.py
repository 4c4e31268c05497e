"""The report of a run, with what its record says: the state of each finding, and those that are not there any more."""

from __future__ import annotations

import msgspec

from pgaudit.reports.contract import AbsentFinding, AbsentState, BaselineState, Report, SinceLast
from pgaudit.store.recording import Recorded
from pgaudit.store.states import Followed, State

_REPORTED = {
    State.NEW: BaselineState.NEW,
    State.REOPENED: BaselineState.REOPENED,
    State.WORSE: BaselineState.WORSE,
    State.BETTER: BaselineState.BETTER,
    State.UNCHANGED: BaselineState.UNCHANGED,
}
_ABSENT = {
    State.FIXED: AbsentState.FIXED,
    State.GONE: AbsentState.GONE,
    State.NOT_CHECKED: AbsentState.NOT_CHECKED,
}


def with_states(report: Report, recorded: Recorded) -> Report:
    """The report as the run's record completes it."""
    states = {one.fingerprint: _REPORTED.get(one.state) for one in recorded.findings}
    findings = tuple(msgspec.structs.replace(finding, baseline=states.get(finding.id)) for finding in report.findings)
    absent = tuple(_absent(one) for one in recorded.in_state(*_ABSENT))
    since = SinceLast(recorded.target, recorded.previous_run_at, absent, recorded.notes)
    return msgspec.structs.replace(report, findings=findings, since=since)


def _absent(one: Followed) -> AbsentFinding:
    return AbsentFinding(one.fingerprint, one.check, one.severity, one.object, _ABSENT[one.state], one.reason)
