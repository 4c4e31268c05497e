"""What somebody is told about a run: only what changed, never that all is well."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pgaudit.reports.contract import Report
from pgaudit.reports.escaping import printable
from pgaudit.reports.words import object_in_words
from pgaudit.store.failing import Failure, RecordedFailure
from pgaudit.store.recording import Recorded
from pgaudit.store.states import Followed, State
from pgaudit.utc import utc_text

DEFAULT_STATES = (State.NEW, State.REOPENED, State.WORSE, State.FIXED)
_LINES = 5


class Change(msgspec.Struct, frozen=True):
    """A finding whose state is news."""

    state: State
    severity: str
    check: str
    object: str
    message: str
    id: str


class Message(msgspec.Struct, frozen=True):
    """What is sent. `changes` are worst first; every text is printable."""

    key: str
    """The same for every attempt at the same message, for receivers that know what they have seen."""
    target: str
    started_at: str
    score: float | None
    counts: dict[str, int]
    """News by state."""
    changes: tuple[Change, ...]
    interrupted: str | None
    open_findings: int
    failure: str | None = None
    """Why it could not be audited."""
    failing_since: str | None = None
    """ISO time of the first of the failed runs, of which this is one or the end."""
    is_audited_again: bool = False

    @property
    def title(self) -> str:
        """One line, such as `shop/staging: 2 new, 1 fixed`."""
        if self.failure is not None:
            return f"{self.target}: cannot be audited since {self.failing_since}"
        told = ["is audited again"] if self.is_audited_again else []
        told += [f"{count} {state.replace('_', ' ')}" for state, count in self.counts.items()]
        told += ["audit incomplete"] if self.interrupted or not told else []
        return f"{self.target}: {', '.join(told)}"

    @property
    def lines(self) -> list[str]:
        """The worst changes, a line each, and how many more there are."""
        if self.failure is not None:
            return [self.failure, "what was known of it still stands; this is told once, and again when it is over"]
        found = [self._recovery()] if self.is_audited_again else []
        found += [f"{one.state.value} {one.severity}: {one.message} [{one.check}]" for one in self.changes[:_LINES]]
        more = len(self.changes) - len(found)
        found += [f"and {more:,} more"] if more else []
        found += [f"interrupted: {self.interrupted}"] if self.interrupted else []
        return found

    def _recovery(self) -> str:
        return (
            f"it could not be audited since {self.failing_since}" if self.failing_since else "it was interrupted before"
        )


def message_of(report: Report, recorded: Recorded, news: Iterable[Followed]) -> Message:
    """The message about the news of a run."""
    said = {finding.id: finding.message for finding in report.findings}
    changes = tuple(
        Change(
            state=one.state,
            severity=one.severity.value,
            check=printable(one.check),
            object=object_in_words(one.object),
            message=printable(said.get(one.fingerprint) or object_in_words(one.object)),
            id=one.fingerprint,
        )
        for one in sorted(news, key=lambda one: (one.state is State.FIXED, -one.severity.rank, one.check))
    )
    counts: dict[str, int] = {}
    for state in State:
        number = sum(change.state is state for change in changes)
        if number:
            counts[state.value] = number
    return Message(
        key=f"{recorded.target}:{recorded.run_id}",
        target=printable(recorded.target),
        started_at=report.started_at,
        score=report.score.value,
        counts=counts,
        changes=changes,
        interrupted=printable(report.interrupted) if report.interrupted else None,
        open_findings=len(report.open_findings),
        failing_since=recorded.failing_since,
        is_audited_again=bool(recorded.failing_since or (recorded.was_interrupted and not report.interrupted)),
    )


def message_of_failure(failure: Failure, recorded: RecordedFailure | None) -> Message:
    """The message that a target cannot be audited; without a record where it could not be recorded either."""
    at = utc_text(failure.started_at)
    return Message(
        key=f"{failure.target}:{recorded.run_id if recorded else at}",
        target=printable(failure.target),
        started_at=at,
        score=None,
        counts={},
        changes=(),
        interrupted=None,
        open_findings=recorded.open_findings if recorded else 0,
        failure=printable(failure.problem),
        failing_since=at,
    )
