"""The smaller formats: panel, position card, plan, checklist, expert answer, diagnosis."""

from __future__ import annotations

import enum

import msgspec

from pgaudit.review.documents import wording
from pgaudit.review.documents.checking import one_of, same_headings
from pgaudit.review.documents.parts import Change, Claim, IssueEntry, Part, Reviewer, Section, Table


class ExpertOpinion(msgspec.Struct, frozen=True):
    """One role of the panel."""

    role: str
    focus: str
    analysis: tuple[Claim, ...]
    provisions: tuple[Part, ...]
    """What the role provides, each under its own heading."""
    reviewer: Reviewer = Reviewer()


class PanelVerdict(msgspec.Struct, frozen=True):
    """The eighth deliverable."""

    score: float
    score_reasoning: tuple[Claim, ...]
    recommendation: str
    may_proceed: bool
    """Eight or more out of ten."""
    timeline: tuple[Claim, ...]

    def __post_init__(self) -> None:
        """Only the recommendations of the format; it may proceed from eight on."""
        one_of(self.recommendation, wording.PANEL_RECOMMENDATIONS)
        if self.may_proceed and self.score < 8:  # noqa: PLR2004 - the format's own threshold
            raise ValueError("a panel lets nothing proceed below 8 of 10")


class PanelReview(msgspec.Struct, frozen=True, tag="panel"):
    """Seven experts and eight deliverables."""

    experts: tuple[ExpertOpinion, ...]
    summary: tuple[Claim, ...]
    critical: tuple[IssueEntry, ...]
    critical_claims: tuple[Claim, ...]
    """What stands there where no issue is critical."""
    high: tuple[IssueEntry, ...]
    medium: tuple[IssueEntry, ...]
    alternatives: Part
    schema_claims: tuple[Claim, ...]
    endpoints: Part
    verdict: PanelVerdict
    changes: tuple[Change, ...]
    reviewer: Reviewer = Reviewer()

    def __post_init__(self) -> None:
        """The seven roles, in their order, with what each provides."""
        if tuple(one.role for one in self.experts) != wording.PANEL_ROLES:
            raise ValueError("the panel has other roles than the format")
        for expert, provisions in zip(self.experts, wording.PANEL_PROVISIONS, strict=True):
            same_headings(expert.provisions, provisions)


class PositionCard(msgspec.Struct, frozen=True, tag="position-card"):
    """What a reviewer claims, in one card."""

    role: str
    claims: tuple[Claim, ...]
    plan: tuple[Claim, ...]
    evidence: tuple[str, ...]
    """Ids of the records that the card rests on."""
    risks: tuple[Claim, ...]
    confidence: float
    confidence_reason: Claim
    cost: str
    cost_reason: Claim
    reversibility: str
    reversibility_reason: Claim
    reviewer: Reviewer = Reviewer()

    def __post_init__(self) -> None:
        """Grades of the format, and a confidence that is a share."""
        one_of(self.cost, wording.CARD_GRADES)
        one_of(self.reversibility, wording.CARD_GRADES)
        if not 0 <= self.confidence <= 1:
            raise ValueError("a confidence lies between 0 and 1")


class PlanStep(msgspec.Struct, frozen=True):
    """A step of the migration plan."""

    number: int
    does: Claim
    changes: tuple[int, ...]
    reversibility: str
    risk: str

    def __post_init__(self) -> None:
        """Grades of the format."""
        one_of(self.reversibility, wording.CARD_GRADES)
        one_of(self.risk, wording.CARD_GRADES)


class DatabasePlan(msgspec.Struct, frozen=True, tag="plan"):
    """The database plan."""

    tables: Table
    schema_design: tuple[Claim, ...]
    primary_indexes: tuple[Claim, ...]
    secondary_indexes: tuple[Claim, ...]
    composite_indexes: tuple[Claim, ...]
    steps: tuple[PlanStep, ...]
    migration_claims: tuple[Claim, ...]
    isolation_levels: tuple[Claim, ...]
    locking: tuple[Claim, ...]
    backups: tuple[Claim, ...]
    recovery: tuple[Claim, ...]
    monitoring: tuple[Claim, ...]
    changes: tuple[Change, ...]
    reviewer: Reviewer = Reviewer()


@enum.unique
class Met(enum.Enum):
    """Whether a point of a checklist holds."""

    MET = "met"
    NOT_MET = "not met"
    UNKNOWN = "unknown"


class Point(msgspec.Struct, frozen=True):
    """A point of a checklist."""

    text: str
    met: Met
    reason: Claim


class Pitfall(msgspec.Struct, frozen=True):
    """A common pitfall, and whether it is here."""

    name: str
    impact: str
    fix: str
    found: Met
    """MET where the pitfall is avoided."""
    here: Claim


class Checklist(msgspec.Struct, frozen=True, tag="checklist"):
    """Evidence checklist, pitfalls and success criteria."""

    points: tuple[Point, ...]
    pitfalls: tuple[Pitfall, ...]
    criteria: tuple[Point, ...]
    reviewer: Reviewer = Reviewer()

    def __post_init__(self) -> None:
        """The points of the format, in its order."""
        if tuple(one.text for one in self.points) != wording.CHECKLIST:
            raise ValueError("the checklist has other points than the format")
        if tuple((one.name, one.impact, one.fix) for one in self.pitfalls) != wording.PITFALLS:
            raise ValueError("the pitfalls are not those of the format")
        if tuple(one.text for one in self.criteria) != wording.SUCCESS_CRITERIA:
            raise ValueError("the criteria are not those of the format")


class ExpertAnswer(msgspec.Struct, frozen=True, tag="expert"):
    """The expert's answer in five parts."""

    sections: tuple[Section, ...]
    changes: tuple[Change, ...]

    def __post_init__(self) -> None:
        """The five headings."""
        if tuple(one.heading for one in self.sections) != wording.EXPERT_SECTIONS:
            raise ValueError("the answer has other sections than the format")


class Recommended(msgspec.Struct, frozen=True):
    """A recommendation of a diagnosis."""

    name: str
    changes: tuple[int, ...]
    advice: Claim | None
    why: Claim
    impact: Claim
    trade_offs: Claim


class RedFlag(msgspec.Struct, frozen=True):
    """A red flag, and whether it was seen."""

    name: str
    raised: Met
    """NOT_MET where it is raised."""
    reason: Claim


class Diagnosis(msgspec.Struct, frozen=True, tag="diagnosis"):
    """Analysis, issues, recommendations, steps, testing, red flags."""

    analysis: tuple[Claim, ...]
    issues: tuple[IssueEntry, ...]
    recommendations: tuple[Recommended, ...]
    steps: tuple[Claim, ...]
    testing: tuple[Claim, ...]
    queries: tuple[Part, ...]
    red_flags: tuple[RedFlag, ...]
    changes: tuple[Change, ...]
    workload: Table | None = None
    """The heaviest statements."""
    reviewer: Reviewer = Reviewer()

    def __post_init__(self) -> None:
        """The red flags of the format."""
        if tuple(one.name for one in self.red_flags) != wording.RED_FLAGS:
            raise ValueError("the red flags are not those of the format")
