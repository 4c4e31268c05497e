"""The smaller formats as blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import assert_never

import msgspec

from pgaudit.reports.words import counted
from pgaudit.review.documents import wording
from pgaudit.review.documents.others import (
    Checklist,
    DatabasePlan,
    Diagnosis,
    ExpertAnswer,
    ExpertOpinion,
    Met,
    PanelReview,
    Pitfall,
    Point,
    PositionCard,
    Recommended,
)
from pgaudit.review.documents.parts import Cell, Change, Claim, Row, Table
from pgaudit.review.layout.blocks import (
    Block,
    Bullets,
    Code,
    Grid,
    Heading,
    Line,
    bullets,
    line,
    options,
    paragraph,
    plain,
)
from pgaudit.review.layout.parts import NOTHING, change_blocks, issue_blocks, part_blocks, section_blocks, sql_text

_ABOVE = "See what this expert says above: nothing else was seen of it."
_REST = (
    "What is less urgent is left out here: its statements stand under Further changes, and what is done by hand stands "
    "with its issue."
)
_SMALLER = PanelReview | PositionCard | DatabasePlan | Checklist | ExpertAnswer | Diagnosis


def other_blocks(document: _SMALLER) -> Iterator[Block]:
    """The blocks of a document that is no authority review."""
    match document:
        case PanelReview():
            yield from _panel(document)
        case PositionCard():
            yield from _card(document)
        case DatabasePlan():
            yield from _plan(document)
        case Checklist():
            yield from _checklist(document)
        case ExpertAnswer():
            yield from _expert(document)
        case Diagnosis():
            yield from _diagnosis(document)
        case _:
            assert_never(document)


# ---- panel


def _panel(one: PanelReview) -> Iterator[Block]:
    yield Heading(2, "Expert Panel")
    for expert in one.experts:
        yield from _opinion(expert)
    yield Heading(2, "Deliverables")
    heads = wording.PANEL_DELIVERABLES
    yield Heading(3, heads[0])
    first, second, *rest = (*one.summary, None, None)
    for claims in ([first], [second], rest):
        yield from paragraph([claim for claim in claims if claim])
    yield Heading(3, heads[1])
    yield from issue_blocks(one.critical)
    yield from bullets(one.critical_claims)
    yield Heading(3, heads[2])
    yield from issue_blocks(one.high)
    yield Heading(3, heads[3])
    yield from issue_blocks(one.medium)
    yield from part_blocks(one.alternatives, 3)
    yield Heading(3, heads[5])
    yield from bullets(one.schema_claims)
    yield from change_blocks(one.changes, 4)
    yield from part_blocks(one.endpoints, 3)
    yield Heading(3, heads[7])
    verdict = one.verdict
    yield plain(f"{verdict.score:g}/10", "Production Readiness Score")
    yield from bullets(verdict.score_reasoning)
    yield plain("", "Recommendation")
    yield options(wording.PANEL_RECOMMENDATIONS, verdict.recommendation)
    proceed = f"{'yes' if verdict.may_proceed else 'no'}: it takes 8 of 10, and {verdict.score:g} are reached"
    yield plain(proceed, "Proceed with implementation")
    yield plain("", "Timeline Impact")
    yield from bullets(verdict.timeline)


def _opinion(expert: ExpertOpinion) -> Iterator[Block]:
    yield Heading(3, expert.role)
    yield plain(expert.focus, "Focus")
    yield plain("" if expert.analysis else NOTHING, "Analysis")
    yield from bullets(expert.analysis)
    for part in expert.provisions:
        if part.claims or part.table:
            yield plain("", part.heading)
            yield from bullets(part.claims)
            if part.table:
                yield Grid(part.table)
        else:
            yield plain(_ABOVE if expert.analysis else NOTHING, part.heading)


# ---- position card and plan


def _card(one: PositionCard) -> Iterator[Block]:
    yield plain(one.role, "role")
    for key, claims in (("claims", one.claims), ("plan", one.plan)):
        yield plain("" if claims else "none", key)
        yield from bullets(claims, is_ordered=key == "plan")
    yield plain(f"{counted(len(one.evidence), 'record')}, numbered in brackets and listed at the end.", "evidence")
    yield plain("" if one.risks else "none", "risks")
    yield from bullets(one.risks)
    yield Bullets(
        (
            line(one.confidence_reason, f"confidence {one.confidence:.2f}"),
            line(one.cost_reason, f"cost {one.cost}"),
            line(one.reversibility_reason, f"reversibility {one.reversibility}"),
        )
    )


def _plan(one: DatabasePlan) -> Iterator[Block]:
    design, index, moving, transactions, operation = wording.PLAN_KEYS
    yield Heading(2, design)
    if one.tables.rows:
        yield Grid(one.tables)
    yield from _claims(one.schema_design)
    yield Heading(2, index)
    for label, claims in (
        ("primary", one.primary_indexes),
        ("secondary", one.secondary_indexes),
        ("composite", one.composite_indexes),
    ):
        yield plain("" if claims else "none", label)
        yield from bullets(claims)
    yield Heading(2, moving)
    if one.steps:
        yield Grid(_steps(one))
    yield from _claims(one.migration_claims)
    yield Heading(2, transactions)
    yield plain("" if one.isolation_levels else NOTHING, "isolation levels")
    yield from bullets(one.isolation_levels)
    yield plain("" if one.locking else NOTHING, "locking")
    yield from bullets(one.locking)
    yield Heading(2, operation)
    for label, claims in (("backups", one.backups), ("recovery", one.recovery), ("monitoring", one.monitoring)):
        yield plain("" if claims else NOTHING, label)
        yield from bullets(claims)
    if one.changes:
        yield Heading(2, "Changes")
        yield from change_blocks(one.changes, 3)


def _steps(one: DatabasePlan) -> Table:
    rows = tuple(
        Row(
            (Cell(str(step.number)), Cell(step.does.text), Cell(step.reversibility), Cell(step.risk)),
            step.does.cites,
        )
        for step in one.steps
    )
    return Table(("Step", "What", "Reversibility", "Risk"), rows)


def _claims(claims: Sequence[Claim]) -> Iterator[Block]:
    if claims:
        yield from bullets(claims)
    else:
        yield plain(NOTHING)


# ---- checklist


def _checklist(one: Checklist) -> Iterator[Block]:
    points, pitfalls, criteria = wording.CHECKLIST_HEADINGS
    yield Heading(2, points)
    yield _points(one.points)
    yield Heading(2, pitfalls)
    yield Grid(_pitfalls(one.pitfalls))
    yield Heading(2, criteria)
    yield _points(one.criteria)
    if any(_CHANGE.search(claim.text) for claim in _judgements(one)):
        yield plain(_NUMBERS)


_CHANGE = re.compile(r"\b[Cc]hanges? \d")
_NUMBERS = (
    "Changes carry the numbers that they have in the authority review and in the plan of the same evidence: their SQL "
    "stands there."
)


def _judgements(one: Checklist) -> Iterator[Claim]:
    for point in (*one.points, *one.criteria):
        yield point.reason
    for pitfall in one.pitfalls:
        yield pitfall.here


def _points(points: Sequence[Point]) -> Block:
    return Bullets(
        tuple(
            Line(
                text=f"{point.met.value}. {point.reason.text}",
                cites=point.reason.cites,
                label=point.text,
                box=point.met is Met.MET,
            )
            for point in points
        )
    )


def _pitfalls(pitfalls: Sequence[Pitfall]) -> Table:
    here = {Met.MET: "avoided", Met.NOT_MET: "found", Met.UNKNOWN: "unknown"}
    rows = tuple(
        Row(
            (Cell(one.name), Cell(one.impact), Cell(one.fix), Cell(here[one.found]), Cell(one.here.text)),
            one.here.cites,
        )
        for one in pitfalls
    )
    return Table((*wording.PITFALL_COLUMNS, "Here", "Because"), rows)


# ---- expert and diagnosis


def _expert(one: ExpertAnswer) -> Iterator[Block]:
    for number, section in enumerate(one.sections, start=1):
        blocks = list(section_blocks(section, 2))
        yield Heading(2, f"{number}. {section.heading}")
        yield from blocks[1:]
    if one.changes:
        yield Heading(2, "Changes")
        yield from change_blocks(one.changes, 3)


def _diagnosis(one: Diagnosis) -> Iterator[Block]:
    analysis, issues, recommendations, steps, testing = wording.DIAGNOSIS_SECTIONS
    yield Heading(2, analysis)
    yield from _claims(one.analysis)
    if one.workload:
        yield Grid(one.workload)
    yield Heading(2, issues)
    for block in issue_blocks(one.issues):
        yield msgspec.structs.replace(block, is_ordered=True) if isinstance(block, Bullets) else block
    yield Heading(2, recommendations)
    by_number = {change.number: change for change in one.changes}
    for number, each in enumerate(one.recommendations, start=1):
        yield from _recommended(number, each, by_number)
    if one.recommendations and len(one.issues) > len(one.recommendations):
        yield plain(_REST)
    yield Heading(2, steps)
    yield from bullets(one.steps, is_ordered=True)
    yield Heading(2, testing)
    yield from bullets(one.testing)
    for part in one.queries:
        yield from part_blocks(part, 3)
    yield Heading(2, wording.RED_FLAGS_HEADING)
    yield _flags(one)
    told = {number for each in one.recommendations for number in each.changes}
    rest = [change for change in one.changes if change.number not in told]
    if rest:
        yield Heading(2, "Further changes")
        yield from change_blocks(rest, 3)


def _recommended(number: int, each: Recommended, changes: dict[int, Change]) -> Iterator[Block]:
    yield Heading(3, f"{number}. {each.name}")
    listed = [changes[one] for one in each.changes if one in changes]
    if listed:
        yield Code(
            "sql", "\n".join(f"-- change {one.number} ({one.proof.badge.value})\n{sql_text(one)}" for one in listed)
        )
    if each.advice:
        yield from paragraph([each.advice])
    yield Bullets((line(each.why, "Why"), line(each.impact, "Impact"), line(each.trade_offs, "Trade-offs")))


def _flags(one: Diagnosis) -> Block:
    words = {Met.MET: "not seen", Met.NOT_MET: "raised", Met.UNKNOWN: "unknown"}
    return Grid(
        Table(
            ("Red flag", "Here", "Because"),
            tuple(
                Row((Cell(flag.name), Cell(words[flag.raised]), Cell(flag.reason.text)), flag.reason.cites)
                for flag in one.red_flags
            ),
        )
    )
