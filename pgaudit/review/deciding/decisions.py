"""Everything that is decided by rules, made once from the evidence."""

from __future__ import annotations

import enum

import msgspec

from pgaudit.review.deciding.changes import PlannedChange, planned
from pgaudit.review.deciding.classes import Category
from pgaudit.review.deciding.effort import Downtime, Effort, downtime_of, effort_of
from pgaudit.review.deciding.issues import Issue, Level, flaws_of, issues_of
from pgaudit.review.deciding.risks import Risk, risks_of
from pgaudit.review.deciding.score import PASS, Readiness, readiness_of, readiness_without
from pgaudit.review.deciding.statuses import Statuses, statuses_of
from pgaudit.review.evidence.nothing import was_looked_at
from pgaudit.review.evidence.records import Pack

_REDESIGN_FROM = 3
"""Critical issues that no SQL mends: from here on the design itself has to change."""


@enum.unique
class Verdict(enum.Enum):
    """May this go into production?"""

    APPROVED = "APPROVED"
    WITH_CHANGES = "APPROVED WITH CHANGES"
    REJECTED = "REJECTED"


@enum.unique
class Classification(enum.Enum):
    """How much has to change."""

    MINOR = "minor refinements"
    SIGNIFICANT = "significant changes"
    REDESIGN = "redesign"


class Decisions(msgspec.Struct, frozen=True):
    """What no backend may change."""

    issues: tuple[Issue, ...]
    flaws: tuple[Issue, ...]
    """What stands against the proposal; it counts for the score and the verdict."""
    changes: tuple[PlannedChange, ...]
    risks: tuple[Risk, ...]
    readiness: Readiness
    after_critical: Readiness
    """The score once the critical issues are closed."""
    after_high: Readiness
    """The score once the critical and the high issues are closed."""
    verdict: Verdict
    classification: Classification
    critical_fixes: int
    """Places with a critical fault."""
    critical_effort: Effort
    production_effort: Effort
    """For critical and high issues: what stands between now and production."""
    critical_downtime: Downtime
    downtime: Downtime
    was_looked_at: bool
    """Whether any check could look at the database: what nobody saw is not approved."""
    statuses: Statuses | None
    """Against an earlier review, where one was given."""

    def at(self, level: Level) -> tuple[Issue, ...]:
        """Issues of a level."""
        return tuple(issue for issue in self.issues if issue.level is level)

    def of(self, *categories: Category) -> tuple[Issue, ...]:
        """Issues of some lists."""
        return tuple(issue for issue in self.issues if issue.category in categories)

    @property
    def is_safe(self) -> bool:
        """Whether work may go on before anything is mended."""
        return self.critical_fixes == 0 and self.was_looked_at


def decide(pack: Pack) -> Decisions:
    """The decisions on a pack: the same pack always gives the same ones."""
    issues, flaws = issues_of(pack), flaws_of(pack)
    counted = (*issues, *flaws)
    readiness = readiness_of(pack, counted)
    critical = [issue for issue in issues if issue.level is Level.CRITICAL]
    changes = planned(issues)
    return Decisions(
        issues=issues,
        flaws=flaws,
        changes=changes,
        risks=risks_of(pack, issues),
        readiness=readiness,
        after_critical=readiness_without(pack, counted, frozenset({Level.CRITICAL})),
        after_high=readiness_without(pack, counted, frozenset({Level.CRITICAL, Level.HIGH})),
        verdict=_verdict(counted, readiness) if was_looked_at(pack) else Verdict.REJECTED,
        classification=_classification(counted, readiness),
        critical_fixes=sum(len(issue.records) for issue in critical),
        critical_effort=effort_of(issues, [Level.CRITICAL]),
        production_effort=effort_of(issues, [Level.CRITICAL, Level.HIGH]),
        critical_downtime=downtime_of(record for issue in critical for record in issue.records),
        downtime=downtime_of(
            record for one in changes if one.level in {Level.CRITICAL, Level.HIGH} for record in one.records[:1]
        ),
        was_looked_at=was_looked_at(pack),
        statuses=statuses_of(pack),
    )


def _verdict(issues: tuple[Issue, ...], readiness: Readiness) -> Verdict:
    stopping = {Category.SECURITY, Category.INTEGRITY}
    if any(
        issue.level is Level.CRITICAL and (issue.category in stopping or issue.check.startswith("proposal/"))
        for issue in issues
    ):
        return Verdict.REJECTED
    if readiness.value >= PASS and not any(issue.level in {Level.CRITICAL, Level.HIGH} for issue in issues):
        return Verdict.APPROVED
    return Verdict.WITH_CHANGES


def _classification(issues: tuple[Issue, ...], readiness: Readiness) -> Classification:
    own = [issue for issue in issues if not issue.check.startswith("proposal/")]
    beyond_sql = [issue for issue in own if issue.level is Level.CRITICAL and not issue.has_sql]
    if len(beyond_sql) >= _REDESIGN_FROM:
        return Classification.REDESIGN
    if readiness.value >= PASS and not any(issue.level in {Level.CRITICAL, Level.HIGH} for issue in issues):
        return Classification.MINOR
    return Classification.SIGNIFICANT
