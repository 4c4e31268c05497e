"""Comparing two reports: of recorded runs in the words of their records, of others by what they hold themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

import msgspec
from sqlalchemy import select

from pgaudit.reports.contract import AbsentState, Report, ReportFinding, ReportScope
from pgaudit.store.magnitude import magnitude_of
from pgaudit.store.models import FindingRow, RunRow, StateRow
from pgaudit.store.objects import is_in_scope
from pgaudit.store.opening import Store
from pgaudit.store.recording import Recorded
from pgaudit.store.reporting import with_states
from pgaudit.store.states import Coverage, Followed, Sighting, State, Tracked, follow
from probes.catalog.scope import Scope

_SAME_COUNTERS = timedelta(minutes=1)
"""Reports round the age of counters, and their time is that of another clock."""
_UNKNOWN = "a report holds no catalog: what is called fixed may have been dropped"


def compared_runs(
    store: Store, before: tuple[int, Report], after: tuple[int, Report], usage_checks: Callable[[], frozenset[str]]
) -> Report:
    """The later of two recorded runs with the state of each finding against the earlier one.

    Two that follow each other are told in the words in which the later one was recorded.

    Args:
        store: Where they are recorded.
        before: Number and report of the earlier run.
        after: Number of the later run, and its report with the states it was recorded with.
        usage_checks: Gives the checks that judge cumulative counters; asked where these began anew.
    """
    if _follows(store, before[0], after[0]):
        return after[1]
    return compared(before[1], after[1], usage_checks, _closed_between(store, before[0], after[0]))


def compared(
    before: Report, after: Report, usage_checks: Callable[[], frozenset[str]], closed: Mapping[str, State] | None = None
) -> Report:
    """The later report with the state of each finding against the earlier one.

    Args:
        before: The earlier report.
        after: The later one.
        usage_checks: Gives the checks that judge cumulative counters; asked where these began anew.
        closed: By fingerprint how findings ended that are known to be fixed or gone, beside what the later one says.
    """
    restarted = _restarted(before, after)
    coverage = Coverage(
        checked=frozenset(after.checked),
        skips=after.skipped,
        in_scope=partial(is_in_scope, _scope_of(after.scope)),
        same_tool=before.tool.version == after.tool.version,
        counters_restarted=restarted,
        usage_checks=usage_checks() if restarted else frozenset(),
    )
    followed = follow(map(_tracked, before.findings), map(_sighting, after.findings), coverage)
    known = {**_said_by(after), **(closed or {})}
    found = tuple(_ended(one, known) for one in followed)
    is_guess = any(one.state is State.FIXED and one.fingerprint not in known for one in found)
    return with_states(
        after,
        Recorded(
            run_id=0,
            target=after.target.name,
            findings=found,
            previous_run_id=None,
            previous_run_at=before.started_at,
            notes=(_UNKNOWN,) if is_guess else (),
        ),
    )


def _follows(store: Store, before_id: int, after_id: int) -> bool:
    """Whether the earlier run is the one that the later one was compared with when it was recorded."""
    later = select(RunRow.target_id).where(RunRow.id == after_id).scalar_subquery()
    previous = (
        select(RunRow.id)
        .where(RunRow.target_id == later, RunRow.id < after_id, RunRow.failure.is_(None))
        .order_by(RunRow.id.desc())
        .limit(1)
    )
    with store.reading() as connection:
        return connection.execute(previous).scalar() == before_id


def _closed_between(store: Store, before_id: int, after_id: int) -> dict[str, State]:
    """By fingerprint the last that the runs after the earlier one, up to the later one, said of what ended."""
    target = select(RunRow.target_id).where(RunRow.id == after_id).scalar_subquery()
    query = (
        select(FindingRow.fingerprint, StateRow.state)
        .join(FindingRow, FindingRow.id == StateRow.finding_id)
        .where(FindingRow.target_id == target, StateRow.run_id > before_id, StateRow.run_id <= after_id)
        .where(StateRow.state.in_([State.FIXED.value, State.GONE.value]))
        .order_by(StateRow.run_id)
    )
    with store.reading() as connection:
        return {fingerprint: State(state) for fingerprint, state in connection.execute(query)}


def _said_by(after: Report) -> dict[str, State]:
    """How findings ended since the run before, where the later report is one of a recorded run."""
    ended = {AbsentState.FIXED: State.FIXED, AbsentState.GONE: State.GONE}
    absent = after.since.absent if after.since else ()
    return {one.id: ended[one.state] for one in absent if one.state in ended}


def _ended(one: Followed, known: Mapping[str, State]) -> Followed:
    if one.state is not State.FIXED:
        return one
    return msgspec.structs.replace(one, state=known.get(one.fingerprint, State.FIXED))


def _restarted(before: Report, after: Report) -> bool:
    """Whether counters began anew between the two: reset, or counted by another node."""
    if before.target.in_recovery != after.target.in_recovery:
        return True
    return abs(_counters_since(after) - _counters_since(before)) > _SAME_COUNTERS


def _counters_since(report: Report) -> datetime:
    seen = report.target.snapshot_taken_at or report.started_at
    return datetime.fromisoformat(seen) - timedelta(seconds=report.target.stats_age_seconds)


def _scope_of(scope: ReportScope) -> Scope:
    default = Scope()
    return Scope(
        include_schemas=scope.schemas,
        exclude_schemas=(*default.exclude_schemas, *scope.exclude_schemas),
        exclude_tables=scope.exclude_tables,
    )


def _tracked(finding: ReportFinding) -> Tracked:
    magnitude, _ = magnitude_of(finding.evidence)
    state = State.SUPPRESSED if finding.suppressed else State.UNCHANGED
    return Tracked(finding.id, finding.check, finding.object, finding.severity, state, magnitude)


def _sighting(finding: ReportFinding) -> Sighting:
    magnitude, unit = magnitude_of(finding.evidence)
    suppressed = finding.suppressed is not None
    return Sighting(finding.id, finding.check, finding.object, finding.severity, magnitude, unit, suppressed)
