"""The authority review: seventeen sections, from the assessment to the sign-off."""

from __future__ import annotations

import msgspec

from pgaudit.review.documents import wording
from pgaudit.review.documents.checking import one_of, same_headings
from pgaudit.review.documents.parts import Change, Claim, Part, Reviewer, Section, Table


class RiskLine(msgspec.Struct, frozen=True):
    """One of the five risks."""

    name: str
    level: str
    reason: Claim

    def __post_init__(self) -> None:
        """Only the grades of the format."""
        one_of(self.level, wording.RISK_LEVELS)


class Assessment(msgspec.Struct, frozen=True):
    """Section 1."""

    strategy: str
    strategy_reasoning: tuple[Claim, ...]
    score: float
    score_reasoning: tuple[Claim, ...]
    """The arithmetic, and what the score becomes after each step."""
    classification: str
    risks: tuple[RiskLine, ...]
    weeks_with_changes: float
    weeks_of_redesign: float | None
    """None where nothing calls for a redesign."""
    timeline: tuple[Claim, ...]
    reviewer: Reviewer = Reviewer()

    def __post_init__(self) -> None:
        """Only the words of the format; five risks."""
        one_of(self.strategy, wording.STRATEGIES)
        one_of(self.classification, wording.CLASSIFICATIONS)
        if not 0 <= self.score <= 10:  # noqa: PLR2004 - out of ten
            raise ValueError("a readiness score lies between 0 and 10")


class Flaw(msgspec.Struct, frozen=True):
    """Section 3: something in the proposal that must not reach production."""

    issue: Claim
    impact: str
    scenario: Claim
    fix: Claim
    sql: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Only the impacts of the format."""
        one_of(self.impact, wording.FLAW_IMPACTS)


class Flaws(msgspec.Struct, frozen=True):
    """Section 3."""

    flaws: tuple[Flaw, ...]
    claims: tuple[Claim, ...]
    fixed: str | None = None
    fixed_cites: tuple[str, ...] = ()
    reviewer: Reviewer = Reviewer()


class Alternative(msgspec.Struct, frozen=True):
    """Section 12: another way, weighed."""

    name: str
    description: Claim
    differences: tuple[Claim, ...]
    advantages: tuple[Claim, ...]
    disadvantages: tuple[Claim, ...]
    complexity: str
    recommendation: str
    reasoning: Claim

    def __post_init__(self) -> None:
        """Only the words of the format."""
        one_of(self.complexity, wording.COMPLEXITIES)
        one_of(self.recommendation, wording.RECOMMENDATIONS)


class Alternatives(msgspec.Struct, frozen=True):
    """Section 12."""

    alternatives: tuple[Alternative, ...]
    claims: tuple[Claim, ...]
    reviewer: Reviewer = Reviewer()


class Priority(msgspec.Struct, frozen=True):
    """Section 13: what is built in which order."""

    component: str
    reason: Claim
    weeks: float
    dependencies: Claim
    testing: Claim
    rollback: Claim


class Priorities(msgspec.Struct, frozen=True):
    """Section 13."""

    priorities: tuple[Priority, ...]
    reviewer: Reviewer = Reviewer()


class SchemaChanges(msgspec.Struct, frozen=True):
    """Section 14. The changes are the document's own list."""

    claims: tuple[Claim, ...]
    fixed: str | None = None
    fixed_cites: tuple[str, ...] = ()
    reviewer: Reviewer = Reviewer()


class TimelineRow(msgspec.Struct, frozen=True):
    """A row of the timeline."""

    phase: str
    task: str
    duration: Claim
    may_prototype: bool


class ActionPlan(msgspec.Struct, frozen=True):
    """Section 16."""

    estimated_time: Claim
    prerequisites: tuple[Claim, ...]
    """What lies outside of SQL and has to be right before the first statement runs."""
    critical_changes: tuple[int, ...]
    """Numbers of changes, in the order in which they run."""
    other_critical: tuple[Claim, ...]
    """Critical issues that no SQL mends."""
    api_fixes: tuple[Claim, ...]
    security_fixes: tuple[Claim, ...]
    validation_queries: tuple[Query, ...]
    checklist: tuple[Claim, ...]
    deployment: tuple[Command, ...]
    proceed_with: tuple[Claim, ...]
    wait_with: tuple[Claim, ...]
    timeline: tuple[TimelineRow, ...]
    downtime: Claim
    reviewer: Reviewer = Reviewer()

    def __post_init__(self) -> None:
        """The three rows of the format."""
        if tuple((row.phase, row.task) for row in self.timeline) != wording.TIMELINE_ROWS:
            raise ValueError("the timeline has other rows than the format")


class Command(msgspec.Struct, frozen=True):
    """A command of the shell and what it does."""

    command: str
    does: Claim


class Query(msgspec.Struct, frozen=True):
    """A query that shows whether a change has done what it should."""

    proves: Claim
    sql: str
    expects: str


class SignOff(msgspec.Struct, frozen=True):
    """Section 17."""

    readiness: str
    safety: str
    critical_fixes: int
    weeks: float
    assessment: tuple[Claim, ...]
    if_rejected: tuple[Claim, ...]
    recommendation: tuple[Claim, ...]
    sign_off: str
    reviewer: Reviewer = Reviewer()

    def __post_init__(self) -> None:
        """Only the words of the format, and no approval of what is rejected."""
        one_of(self.readiness, wording.READINESS_VERDICTS)
        one_of(self.safety, wording.SAFETY)
        one_of(self.sign_off, wording.SIGN_OFFS)
        if self.readiness == "REJECTED" and self.sign_off != wording.SIGN_OFFS[1]:
            raise ValueError("what is rejected cannot be signed off")


class AuthorityReview(msgspec.Struct, frozen=True, tag="authority"):
    """The whole review."""

    assessment: Assessment
    statuses: Table | None
    """Against an earlier review, where one was given."""
    audit: Section
    flaws: Flaws
    schema: Section
    payments: Section
    tenancy: Section
    api: Section
    performance: Section
    migration: Section
    integration: Section
    operations: Section
    alternatives: Alternatives
    priorities: Priorities
    schema_changes: SchemaChanges
    api_changes: Section
    action_plan: ActionPlan
    sign_off: SignOff
    changes: tuple[Change, ...]

    def __post_init__(self) -> None:
        """Headings of the format, in its order; verdicts where it asks for them."""
        for number, section in self.numbered().items():
            if section.heading != wording.AUTHORITY_SECTIONS[number - 1]:
                raise ValueError(f"section {number} is headed {section.heading!r}")
            if number in wording.AUTHORITY_PARTS:
                same_headings(section.parts, wording.AUTHORITY_PARTS[number])
        one_of(self.schema.parts[0].verdict, wording.NORMALIZATION_VERDICTS, may_lack=True)
        one_of(self.schema.parts[1].verdict, wording.CROSS_DATABASE_VERDICTS, may_lack=True)
        one_of(self.payments.parts[0].verdict, wording.INVOICE_VERDICTS, may_lack=True)

    def numbered(self) -> dict[int, Section]:
        """The sections that are made of parts, by number."""
        return {
            2: self.audit,
            4: self.schema,
            5: self.payments,
            6: self.tenancy,
            7: self.api,
            8: self.performance,
            9: self.migration,
            10: self.integration,
            11: self.operations,
            15: self.api_changes,
        }


__all__ = ["AuthorityReview", "Part"]
