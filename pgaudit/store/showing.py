"""What the store shows to people: the findings that stand, and the report of a run with the states it gave."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from pgaudit.reports.contract import Report
from pgaudit.store.models import FindingRow, RunRow, StateRow, TargetRow
from pgaudit.store.opening import Store
from pgaudit.store.reading import report_of_run
from pgaudit.store.recording import Recorded
from pgaudit.store.reporting import with_states
from pgaudit.store.states import Followed, State
from pgaudit.utc import utc_text
from probes.finding import ObjectRef, Severity

_WORST_FIRST = (State.WORSE, State.REOPENED, State.NEW)


class Standing(msgspec.Struct, frozen=True):
    """A finding that is there, as far as is known."""

    check: str
    object: ObjectRef
    severity: Severity
    state: State
    since: datetime | None
    """When it was first seen; None where that run is not kept."""
    runs_seen: int

    @property
    def got_worse(self) -> bool:
        """Whether the latest run is why it deserves a look."""
        return self.state in _WORST_FIRST


def standing(store: Store, target: str) -> list[Standing]:
    """The findings of a target that nobody has fixed: what got worse first, then by severity."""
    query = (
        select(
            FindingRow.check_id,
            FindingRow.object,
            FindingRow.severity,
            FindingRow.state,
            RunRow.started_at,
            FindingRow.runs_seen,
        )
        .join(TargetRow, TargetRow.id == FindingRow.target_id)
        .join(RunRow, RunRow.id == FindingRow.first_seen_run_id, isouter=True)
        .where(TargetRow.name == target)
    )
    with store.reading() as connection:
        rows = connection.execute(query).all()
    found = [
        Standing(check, msgspec.json.decode(subject, type=ObjectRef), Severity(severity), State(state), since, seen)
        for check, subject, severity, state, since, seen in rows
    ]
    is_open = [one for one in found if one.state.is_open]
    return sorted(is_open, key=lambda one: (not one.got_worse, -one.severity.rank, one.check, str(one.object)))


def recorded_report(store: Store, run_id: int) -> Report | None:
    """The report of a run with its states; None where there is no such run, or its time of keeping is over."""
    report = report_of_run(store, run_id)
    return None if report is None else with_states(report, _recorded(store, run_id))


def _recorded(store: Store, run_id: int) -> Recorded:
    of_run = select(TargetRow.name, RunRow.target_id).join(TargetRow, TargetRow.id == RunRow.target_id)
    states = select(FindingRow, StateRow.state, StateRow.severity, StateRow.reason).join(
        StateRow, StateRow.finding_id == FindingRow.id
    )
    with store.reading() as connection:
        target, target_id = connection.execute(of_run.where(RunRow.id == run_id)).one()
        earlier = select(func.max(RunRow.id)).where(
            RunRow.target_id == target_id, RunRow.id < run_id, RunRow.failure.is_(None)
        )
        before_id = connection.execute(earlier).scalar()
        before_at = connection.execute(select(RunRow.started_at).where(RunRow.id == before_id)).scalar()
        rows = connection.execute(states.where(StateRow.run_id == run_id)).all()
    return Recorded(
        run_id=run_id,
        target=target,
        findings=tuple(
            Followed(
                fingerprint=row.fingerprint,
                check=row.check_id,
                object=msgspec.json.decode(row.object, type=ObjectRef),
                severity=Severity(row[-2]),
                state=State(row[-3]),
                magnitude=None,
                reason=row[-1],
            )
            for row in rows
        ),
        previous_run_id=before_id,
        previous_run_at=utc_text(before_at) if before_at else None,
    )
