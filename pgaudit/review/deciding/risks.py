"""How high each of the five risks is, and what says so."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import msgspec

from pgaudit.review.deciding.classes import Dimension, dimensions_of
from pgaudit.review.deciding.issues import Issue, Level
from pgaudit.review.evidence.nothing import was_looked_at
from pgaudit.review.evidence.records import Pack, RecordKind
from probes.finding import Severity

_LONG_LOCK_SECONDS = 30.0
_NOTICED_LOCK_SECONDS = 2.0


@enum.unique
class RiskLevel(enum.Enum):
    """The grades of a risk."""

    NONE = "NONE"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    CRITICAL = "CRITICAL"

    @property
    def rank(self) -> int:
        """0 for none up to 4."""
        return list(RiskLevel).index(self)


class Risk(msgspec.Struct, frozen=True):
    """A risk, its grade, and the evidence for the grade."""

    dimension: Dimension
    level: RiskLevel
    issues: int
    """How many issues bear on it."""
    places: int
    driver: str
    """What decides the grade."""
    cites: tuple[str, ...]
    unseen: tuple[str, ...]
    """Ids of skips: checks of this risk that could not run."""


def risks_of(pack: Pack, issues: Sequence[Issue]) -> tuple[Risk, ...]:
    """The five risks."""
    return tuple(_risk(pack, issues, dimension) for dimension in Dimension)


def _risk(pack: Pack, issues: Sequence[Issue], dimension: Dimension) -> Risk:
    bearing = [issue for issue in issues if dimension in issue.dimensions]
    unseen = tuple(skip.id for skip in pack.of(RecordKind.SKIP) if dimension in dimensions_of(skip.topic))
    level, driver, cites = _worst_issue(bearing, dimension)
    if dimension is Dimension.MIGRATION:
        level, driver, cites = max(
            (level, driver, cites), _worst_proposal(pack), _longest_lock(pack), key=lambda one: one[0].rank
        )
    if level is RiskLevel.NONE and unseen:
        level, driver = (
            RiskLevel.LOW,
            f"nothing was found, but {len(unseen)} {'check' if len(unseen) == 1 else 'checks'} could not run",
        )
        cites = unseen
    if level is RiskLevel.NONE and not was_looked_at(pack):
        level, driver = RiskLevel.LOW, "no check of it ran, so it is not known"
    return Risk(dimension, level, len(bearing), sum(len(issue.records) for issue in bearing), driver, cites, unseen)


_Graded = tuple[RiskLevel, str, tuple[str, ...]]


def _worst_issue(bearing: Sequence[Issue], dimension: Dimension) -> _Graded:
    if not bearing:
        return RiskLevel.NONE, "", ()
    worst = min(issue.level.rank for issue in bearing)
    deciding = [issue for issue in bearing if issue.level.rank == worst]
    head = min(deciding, key=lambda issue: _distance(issue, dimension))
    told = f"{head.title}: {head.graded_because}" if head.graded_because else head.records[0].says
    places = sum(len(issue.records) for issue in deciding)
    rest = places - (len(head.records) if head.graded_because else 1)
    more = f", and {rest} more of this grade" if rest else ""
    ids = (record.id for issue in deciding for record in issue.records)
    return RiskLevel(deciding[0].level.value), f"{told}{more}", (*ids, *head.graded_by)


def _distance(issue: Issue, dimension: Dimension) -> int:
    """0 for what says most of a risk: a session that is open now tells of migrations, a share of time of speed."""
    is_session = issue.check.startswith("sessions/")
    if dimension is Dimension.MIGRATION:
        return 0 if is_session else 1
    if is_session:
        return 2
    return 0 if dimension is Dimension.PERFORMANCE and issue.graded_because else 1


def _worst_proposal(pack: Pack) -> _Graded:
    held = [one for one in pack.of(RecordKind.PROPOSAL) if one.severity and one.severity is not Severity.INFO]
    if not held:
        return RiskLevel.NONE, "", ()
    worst = max(held, key=lambda one: one.severity.rank if one.severity else 0)
    grave = [one for one in held if one.severity is worst.severity]
    level = RiskLevel[worst.severity.name] if worst.severity else RiskLevel.NONE
    return level, f"the proposal: {worst.says}", tuple(one.id for one in grave)


def _longest_lock(pack: Pack) -> _Graded:
    """What mending itself would lock: a risk of the migrations that this review asks for."""
    found = [
        (lock.held_seconds, lock.relation, record.id)
        for record in pack.of(RecordKind.FINDING)
        for lock in (record.change.locks if record.change and record.accepted is None else ())
        if lock.mode == "ACCESS EXCLUSIVE"
    ]
    if not found:
        return RiskLevel.NONE, "", ()
    seconds, relation, identity = max(found)
    level = RiskLevel.LOW
    if seconds >= _NOTICED_LOCK_SECONDS:
        level = RiskLevel.HIGH if seconds >= _LONG_LOCK_SECONDS else RiskLevel.MEDIUM
    said = f"the longest exclusive lock of the remediation is estimated at {seconds:.1f} s, on {relation}"
    return level, said, (identity,)


__all__ = ["Level", "Risk", "RiskLevel", "risks_of"]
