"""The authority review as blocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pgaudit.review.backends.offline.validation import query_table
from pgaudit.review.documents import wording
from pgaudit.review.documents.authority import (
    ActionPlan,
    Alternatives,
    Assessment,
    AuthorityReview,
    Flaws,
    Priorities,
    SignOff,
)
from pgaudit.review.documents.parts import Cell, Change, Claim, Row, Table
from pgaudit.review.layout.blocks import (
    Block,
    Bullets,
    Code,
    Grid,
    Heading,
    Line,
    Paragraph,
    bullets,
    line,
    options,
    paragraph,
    plain,
)
from pgaudit.review.layout.parts import NOTHING, change_blocks, runnable, section_blocks

_VERDICTS: dict[str, Sequence[str]] = {
    "Normalization Analysis": (),
    "Invoice Strategy": wording.INVOICE_VERDICTS,
}
_SECTION, _PART = 2, 3
_LEAST_WEEKS = 0.1


def authority_blocks(doc: AuthorityReview) -> Iterator[Block]:
    """All sections in their order."""
    yield from _assessment(doc.assessment)
    yield from section_blocks(doc.audit, _SECTION)
    yield from _flaws(doc.flaws)
    for section in (doc.schema, doc.payments, doc.tenancy, doc.api, doc.performance, doc.migration):
        yield from section_blocks(section, _SECTION, _VERDICTS)
    yield from section_blocks(doc.integration, _SECTION)
    yield from section_blocks(doc.operations, _SECTION)
    yield from _alternatives(doc.alternatives)
    yield from _priorities(doc.priorities)
    yield from _changes(doc)
    yield from section_blocks(doc.api_changes, _SECTION)
    yield from _plan(doc.action_plan, doc.changes)
    yield from _sign_off(doc.sign_off)


def status_blocks(table: Table | None) -> Iterator[Block]:
    """The statuses against an earlier review."""
    if table:
        yield Heading(_SECTION, "Since the previous review")
        yield Grid(table)


def _assessment(one: Assessment) -> Iterator[Block]:
    yield Heading(_SECTION, wording.AUTHORITY_SECTIONS[0])
    yield plain("", "Database Strategy Decision")
    yield options(wording.STRATEGIES, one.strategy)
    yield from paragraph(one.strategy_reasoning, "Reasoning")
    yield plain(f"{one.score:g}/10", "Production Readiness Score")
    yield from bullets(one.score_reasoning)
    yield plain("", "Architectural Classification")
    yield options(wording.CLASSIFICATIONS, one.classification)
    yield plain("", "Critical Risk Assessment")
    yield Bullets(
        tuple(Line(risk.reason.text, risk.reason.cites, label=risk.name, badge=risk.level) for risk in one.risks)
    )
    yield plain("", "Timeline Impact")
    redesign = "not required" if one.weeks_of_redesign is None else f"+{one.weeks_of_redesign:g} weeks"
    yield Bullets(
        (
            Line(f"+{one.weeks_with_changes:g} weeks", label="If approved with changes"),
            Line(redesign, label="If redesign required"),
        )
    )
    yield from paragraph(one.timeline, "How the weeks add up")


def _flaws(one: Flaws) -> Iterator[Block]:
    yield Heading(_SECTION, wording.AUTHORITY_SECTIONS[2])
    for number, flaw in enumerate(one.flaws, start=1):
        yield Heading(_PART, f"Flaw {number}")
        yield Bullets(
            (
                line(flaw.issue, "Issue"),
                Line(flaw.impact, label="Impact"),
                line(flaw.scenario, "Scenario"),
                line(flaw.fix, "Fix"),
            )
        )
        if flaw.sql:
            yield Code("sql", "\n".join(f"{text.rstrip(';')};" for text in flaw.sql), flaw.fix.cites)
    yield from bullets(one.claims)
    if one.fixed:
        yield Paragraph((Line(one.fixed, one.fixed_cites),))
    if not (one.flaws or one.claims or one.fixed):
        yield plain(NOTHING)


def _alternatives(one: Alternatives) -> Iterator[Block]:
    yield Heading(_SECTION, wording.AUTHORITY_SECTIONS[11])
    for number, other in enumerate(one.alternatives, start=1):
        yield Heading(_PART, f"Alternative {number}: {other.name}")
        yield from paragraph([other.description], "Description")
        for label, claims in (
            ("Differences from Proposed", other.differences),
            ("Advantages", other.advantages),
            ("Disadvantages", other.disadvantages),
        ):
            yield plain("", label)
            yield from bullets(claims)
        yield Bullets(
            (Line(other.complexity, label="Migration Complexity"), Line(other.recommendation, label="Recommendation"))
        )
        yield from paragraph([other.reasoning], "Reasoning")
    yield from bullets(one.claims)
    if not (one.alternatives or one.claims):
        yield plain(NOTHING)


def _priorities(one: Priorities) -> Iterator[Block]:
    yield Heading(_SECTION, wording.AUTHORITY_SECTIONS[12])
    if not one.priorities:
        yield plain("Nothing critical or high is open, so nothing has to come first.")
        return
    columns = ("Component", "Reason", "Weeks", "Dependencies", "Testing", "Rollback")
    rows = tuple(
        Row(
            (
                Cell(f"{number}. {each.component}"),
                Cell(each.reason.text),
                Cell(f"{each.weeks:g}" if each.weeks >= _LEAST_WEEKS else f"under {_LEAST_WEEKS:g}"),
                Cell(each.dependencies.text),
                Cell(each.testing.text),
                Cell(each.rollback.text),
            ),
            each.reason.cites,
        )
        for number, each in enumerate(one.priorities, start=1)
    )
    yield Grid(Table(columns, rows))


def _changes(doc: AuthorityReview) -> Iterator[Block]:
    one = doc.schema_changes
    yield Heading(_SECTION, wording.AUTHORITY_SECTIONS[13])
    yield from bullets(one.claims)
    if one.fixed:
        yield Paragraph((Line(one.fixed, one.fixed_cites),))
    yield from change_blocks(doc.changes, _PART)
    if not (one.claims or one.fixed or doc.changes):
        yield plain(NOTHING)


def _plan(one: ActionPlan, changes: Sequence[Change]) -> Iterator[Block]:
    headings = wording.AUTHORITY_PARTS[16]
    yield Heading(_SECTION, wording.AUTHORITY_SECTIONS[15])
    yield Heading(_PART, headings[0])
    yield from paragraph([one.estimated_time], "Estimated Time")
    if one.prerequisites:
        yield plain("", "Before the first statement")
        yield from bullets(one.prerequisites)
    yield from _critical(one, changes)
    yield from _captioned("Critical API Fixes", one.api_fixes, is_ordered=True)
    yield from _captioned("Critical Security Fixes", one.security_fixes, is_ordered=True)
    queries = query_table(one.validation_queries)
    if queries:
        yield plain("run these to verify fixes", "Validation Tests")
        yield Grid(queries)
    yield Heading(_PART, headings[1])
    if not (one.checklist or one.deployment):
        yield plain("No change stands to be deployed.")
    yield from _captioned("Pre-deployment checklist", one.checklist, box=False)
    if one.deployment:
        yield plain("", "Deployment command")
        lines = [f"{number}. {each.command}  # {each.does.text}" for number, each in enumerate(one.deployment, start=1)]
        cites = tuple(dict.fromkeys(identity for each in one.deployment for identity in each.does.cites))
        yield Code("bash", "\n".join(["# Execute in this order:", *lines]), cites)
    yield Heading(_PART, headings[2])
    yield from _captioned("Now you can proceed with", one.proceed_with)
    yield from _captioned("What NOT to do until marketplace is built", one.wait_with)
    yield Heading(_PART, headings[3])
    yield Grid(_timeline(one))
    yield from paragraph([one.downtime], "Total Downtime Required")


def _critical(one: ActionPlan, changes: Sequence[Change]) -> Iterator[Block]:
    by_number = {change.number: change for change in changes}
    wanted = [by_number[number] for number in one.critical_changes if number in by_number]
    how = "execute in this exact order" if wanted else "" if one.other_critical else "none"
    yield plain(how, "Critical Schema Fixes")
    if wanted:
        parts: list[str] = []
        for change in wanted:
            why = " ".join(change.why.text.split())
            named = why if why.lower().startswith(change.title.lower()) else f"{change.title} - {why}"
            parts += [f"-- {change.number}. {named}", *runnable(change), ""]
        cites = tuple(dict.fromkeys(identity for change in wanted for identity in change.cites))
        yield Code("sql", "\n".join(parts).rstrip(), cites)
    yield from bullets(one.other_critical)


def _captioned(
    caption: str, claims: Sequence[Claim], *, is_ordered: bool = False, box: bool | None = None
) -> Iterator[Block]:
    if claims:
        yield plain("", caption)
        yield from bullets(claims, is_ordered=is_ordered, box=box)


def _timeline(one: ActionPlan) -> Table:
    rows = tuple(
        Row(
            (
                Cell(row.phase),
                Cell(row.task),
                Cell(row.duration.text),
                Cell("✅ YES" if row.may_prototype else "❌ NO"),
            ),
            row.duration.cites,
        )
        for row in one.timeline
    )
    return Table(wording.TIMELINE_COLUMNS, rows)


def _sign_off(one: SignOff) -> Iterator[Block]:
    yield Heading(_SECTION, wording.AUTHORITY_SECTIONS[16])
    yield plain(one.readiness, "Production Readiness")
    yield plain("", "Current State Assessment")
    yield Bullets(
        (
            Line(f"Existing system is {one.safety} to continue prototyping on"),
            Line(f"Critical fixes required: {one.critical_fixes} {'item' if one.critical_fixes == 1 else 'items'}"),
            Line(f"Estimated time to production-ready: {one.weeks:g} {'week' if one.weeks == 1 else 'weeks'}"),
            *map(line, one.assessment),
        )
    )
    if one.readiness == wording.READINESS_VERDICTS[1]:
        yield plain("Execute the Immediate Action Plan (Section 16) before continuing marketplace development.")
    if one.if_rejected:
        yield plain("STOP all development. Fundamental architectural issues must be resolved:")
        yield from bullets(one.if_rejected, is_ordered=True)
    yield from paragraph(one.recommendation, "Final Recommendation")
    yield plain(f"This architecture has been reviewed and is {one.sign_off}.", "Architect Sign-Off")
