"""The expert's answer, written by rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pgaudit.review.backends.offline.action_plan import critical_changes
from pgaudit.review.backends.offline.actions import action, distinct
from pgaudit.review.backends.offline.assessment import anchors, decided, still_open
from pgaudit.review.backends.offline.desk import Desk, joined, say, say_if, within
from pgaudit.review.backends.offline.entries import change_entries, changes_in_words
from pgaudit.review.backends.offline.steps import steps
from pgaudit.review.backends.offline.topics import (
    business,
    indexes,
    migration,
    operations,
    performance,
    schema,
    tenancy,
)
from pgaudit.review.deciding.changes import PlannedChange
from pgaudit.review.deciding.classes import Category, Stage, area_of
from pgaudit.review.deciding.issues import Issue, Level
from pgaudit.review.documents.others import ExpertAnswer
from pgaudit.review.documents.parts import Claim, NamedList, Part, Section
from pgaudit.review.documents.wording import EXPERT_SECTIONS
from pgaudit.review.evidence.records import Record, RecordKind

_ANALYSIS, _DESIGN, _SPEED, _SECURITY, _MOVING = EXPERT_SECTIONS
_OF_SPEED = frozenset({"config", "extensions", "sessions", "statistics", "vacuum", "versions", "workload"})


def expert_answer(desk: Desk) -> ExpertAnswer:
    """Five sections."""
    return ExpertAnswer(
        (
            Section(_ANALYSIS, _analysis_parts(desk)),
            Section(
                _DESIGN,
                (
                    Part("Keys and relationships", distinct(schema.normalization(desk), schema.integrity(desk))),
                    Part("Types", tuple(schema.types(desk))),
                    _to_change(desk, _DESIGN, "keys, types and constraints"),
                ),
            ),
            Section(
                _SPEED,
                (
                    Part(
                        "Queries",
                        distinct(performance.workload(desk), performance.paging(desk)),
                        table=performance.top_queries(desk),
                    ),
                    Part(
                        "Indexes",
                        distinct(indexes.index_strategy(desk), said={one.text for one in indexes.unjudged(desk)}),
                    ),
                    Part(
                        "Connections and resources", distinct(operations.connections(desk), operations.resources(desk))
                    ),
                    _to_change(desk, _SPEED, "indexes, statements and settings"),
                ),
            ),
            Section(
                _SECURITY,
                (
                    Part("Tenant isolation", tuple(tenancy.isolation(desk))),
                    Part("Access and functions", distinct(tenancy.authorization(desk), tenancy.injection(desk))),
                    Part("Data protection", distinct(tenancy.privacy(desk), business.audit_trail(desk))),
                    _to_change(desk, _SECURITY, "access and isolation"),
                ),
            ),
            Section(_MOVING, _moving_parts(desk)),
        ),
        change_entries(desk),
    )


def _analysis_parts(desk: Desk) -> tuple[Part, ...]:
    server, relations = desk.fact("server"), desk.fact("relations")
    head = [
        *say_if(server.says if server else "", server),
        *say_if(relations.says if relations else "", relations),
        *schema.entities(desk),
    ]
    return (
        Part("What is there", tuple(head), table=performance.growth(desk)),
        Part("How it stands", tuple(_standing(desk))),
        Part("What could not be verified", _unverified(desk)),
    )


def _unverified(desk: Desk) -> tuple[Claim, ...]:
    told = indexes.unverified(list(desk.pack.of(RecordKind.SKIP)))
    return tuple(told) or (say("Every check could run over the whole of its scope", *anchors(desk)),)


def _standing(desk: Desk) -> Iterator[Claim]:
    yield from still_open(desk)
    readiness = desk.decisions.readiness
    text = (
        f"Production readiness: {readiness.value:g} of 10, by this arithmetic: {readiness.arithmetic}. Issues count "
        "once, however many places they have."
    )
    yield decided(desk, text, readiness.cites)


# ---- what to change


def _to_change(desk: Desk, section: str, what: str) -> Part:
    """Every issue that belongs to a section; those of little weight in one sentence."""
    issues = [issue for issue in desk.decisions.issues if _section_of(issue) == section]
    light = [issue for issue in issues if issue.level is Level.LOW]
    claims = [action(desk, issue) for issue in issues if issue not in light]
    if light:
        claims.append(_besides(desk, light))
    if not claims:
        claims = [say(f"Nothing: the checks that ran found no fault with {what}", *anchors(desk))]
    return Part("What to change", tuple(claims))


def _section_of(issue: Issue) -> str:
    """The section in which an issue is told: each has one."""
    if issue.category is Category.SECURITY:
        return _SECURITY
    if issue.stage is Stage.RECOVERABLE or area_of(issue.check) == "durability":
        return _MOVING
    if issue.category is Category.PERFORMANCE or area_of(issue.check) in _OF_SPEED:
        return _SPEED
    return _DESIGN


def _besides(desk: Desk, issues: list[Issue]) -> Claim:
    titles = joined(dict.fromkeys(within(one.title) for one in issues))
    numbers = desk.numbers(_records(issues))
    told = f". {changes_in_words(numbers)}" if numbers else ""
    return say(f"LOW: {titles}{told}", *_records(issues))


def _records(issues: Iterable[Issue]) -> list[Record]:
    return [record for issue in issues for record in issue.records]


# ---- the way there


def _moving_parts(desk: Desk) -> tuple[Part, ...]:
    proposed = [*migration.altering(desk), *migration.creating(desk)] if desk.proposal else migration.altering(desk)
    return (
        Part("Pending migrations", distinct(proposed)),
        Part("Steps", lists=_in_order(desk)),
        Part(
            "Locks",
            distinct(migration.zero_downtime(desk), said={one.text for one in steps(desk)}),
            table=migration.lock_table(_noticed(desk), "Critical or rewriting"),
        ),
        Part("Way back and backups", distinct(migration.reversibility(desk), operations.backups(desk))),
        _to_change(desk, _MOVING, "what a restart or a restore rests on"),
    )


def _in_order(desk: Desk) -> tuple[NamedList, ...]:
    return (NamedList("In this order", steps(desk), is_ordered=True),)


def _noticed(desk: Desk) -> list[PlannedChange]:
    """Changes whose locks somebody may notice: the critical ones, and those that rewrite a table."""
    critical = {one.number for one in critical_changes(desk)}
    return [
        one
        for one in desk.decisions.changes
        if one.number in critical or any(lock.work == "rewrite" for lock in one.change.locks)
    ]
