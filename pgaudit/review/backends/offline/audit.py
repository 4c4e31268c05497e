"""Section 2: the faults of the system as it is, and the order in which they are mended."""

from __future__ import annotations

from collections.abc import Sequence

from pgaudit.review.backends.offline.desk import Desk, joined, plural, say
from pgaudit.review.backends.offline.entries import entries
from pgaudit.review.deciding.classes import Category
from pgaudit.review.deciding.effort import hours_of
from pgaudit.review.deciding.issues import Issue, Level
from pgaudit.review.documents.parts import Claim, NamedList, Part, Section
from pgaudit.review.documents.wording import (
    AUTHORITY_PARTS,
    AUTHORITY_SECTIONS,
    NO_VULNERABILITIES,
    REMEDIATION_CAPTIONS,
)
from pgaudit.review.evidence.records import Record

_SHORT = 70
"""Characters of a name that fits into the line of its issue."""
_HEADS = dict(zip(Category, AUTHORITY_PARTS[2], strict=False))
_AREAS = {
    Category.SECURITY: ("security", "tenancy", "privacy"),
    Category.INTEGRITY: ("constraints", "durability", "replication", "sequences", "money"),
    Category.PERFORMANCE: ("indexes", "workload", "vacuum", "storage", "sessions", "statistics", "queries"),
    Category.DESIGN: ("schema", "partitioning", "config", "versions", "extensions", "retention"),
}


def audit(desk: Desk) -> Section:
    """Four lists of issues and the plan."""
    parts = [_part(desk, category) for category in Category]
    plan = Part(AUTHORITY_PARTS[2][4], lists=tuple(_plan(desk, level) for level in Level))
    return Section(AUTHORITY_SECTIONS[1], (*parts, plan))


def _part(desk: Desk, category: Category) -> Part:
    found = desk.decisions.of(category)
    seen = coverage(desk, _AREAS[category])
    claims = [say(_coverage_in_words(category, seen), *seen)] if seen else []
    if found or category is not Category.SECURITY or any(record.facts.get("not_verified") for record in seen):
        return Part(_HEADS[category], tuple(claims), issues=entries(desk, found))
    fixed = NO_VULNERABILITIES if seen else None
    return Part(_HEADS[category], tuple(claims), fixed=fixed, fixed_cites=tuple(one.id for one in seen))


def coverage(desk: Desk, areas: Sequence[str]) -> list[Record]:
    """How far some areas were checked."""
    topics = {f"coverage/{area}" for area in areas}
    return [record for record in desk.pack.records if record.topic in topics]


_ELSEWHERE = {
    Category.PERFORMANCE: "what of it threatens rows stands in 2.2",
    Category.DESIGN: "what of it threatens rows or money stands in 2.2",
}


def _coverage_in_words(category: Category, seen: Sequence[Record]) -> str:
    def total(key: str) -> int:
        values = (record.facts.get(key) for record in seen)
        return sum(value for value in values if isinstance(value, int))

    dark = total("not_verified")
    areas = joined(record.topic.removeprefix("coverage/") for record in seen)
    told = [f"{total('with_findings')} found something", f"{total('clean')} found nothing"]
    if dark:
        told.append(f"{dark} could not run fully, so what they look for is neither clean nor at fault")
    tail = f"; {_ELSEWHERE[category]}" if category in _ELSEWHERE and total("with_findings") else ""
    return f"{plural(total('checks'), 'check')} of {areas}: {joined(told)}{tail}"


def _plan(desk: Desk, level: Level) -> NamedList:
    caption = REMEDIATION_CAPTIONS[level.rank]
    return NamedList(caption, tuple(_estimate(issue) for issue in desk.decisions.at(level)), is_ordered=True)


def _estimate(issue: Issue) -> Claim:
    names = [str(record.object) for record in issue.records if record.object and record.object.kind != "query"]
    single = names[0] if len(names) == 1 and len(names[0]) < _SHORT and names[0] not in issue.title else ""
    where = f": {single}" if single and not issue.check.startswith(("config/", "durability/archiv")) else ""
    places = f" ({len(issue.records)} places)" if len(issue.records) > 1 else ""
    estimate = f" - {hours_of(issue):g} h" if issue.level is not Level.LOW else ""
    return say(f"{issue.title}{where}{places}{estimate}", *issue.records)
