"""Numbers of the HTML page: areas with their scores and the bars drawn for them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from pgaudit.audit.score import FULL_SCORE, WEIGHTS, Score, ScoreTerm
from pgaudit.reports.page import Item, counts
from pgaudit.reports.words import arithmetic
from probes.finding import Severity

_BAR_UNITS = 1000.0


class Segment(msgspec.Struct, frozen=True):
    """A part of a bar, in thousandths of its length."""

    severity: Severity
    count: int
    start: float
    length: float


class Area(msgspec.Struct, frozen=True):
    """An area of checks: how many findings, and what they cost."""

    name: str
    total: int
    segments: tuple[Segment, ...]
    score: int
    arithmetic: str


def segments(items: Iterable[Item], longest: int) -> tuple[Segment, ...]:
    """The parts of a bar for these items, where `longest` items fill it."""
    found: list[Segment] = []
    start = 0.0
    for severity, count in counts(items).items():
        if count:
            length = _BAR_UNITS * count / longest
            found.append(Segment(severity, count, round(start, 2), round(length, 2)))
            start += length
    return tuple(found)


def areas(items: tuple[Item, ...]) -> tuple[Area, ...]:
    """The areas of open items, the one that costs most first."""
    by_area: dict[str, list[Item]] = {}
    for item in items:
        by_area.setdefault(item.area, []).append(item)
    longest = max(map(len, by_area.values()), default=1)
    found = [_area(name, members, longest) for name, members in by_area.items()]
    return tuple(sorted(found, key=lambda area: (area.score, -area.total, area.name)))


def _area(name: str, members: list[Item], longest: int) -> Area:
    score = area_score(members)
    return Area(name, len(members), segments(members, longest), score.value, arithmetic(score))


def area_score(items: Iterable[Item]) -> Score:
    """The score that these items alone would give: each rule costs once, at the severity of its worst item."""
    worst: dict[str, Severity] = {}
    for item in items:
        known = worst.get(item.rule)
        if known is None or item.severity.rank > known.rank:
            worst[item.rule] = item.severity
    found = list(worst.values())
    terms = tuple(ScoreTerm(one, found.count(one), points) for one, points in WEIGHTS.items() if one in found)
    lost = sum(term.checks * term.points_each for term in terms)
    return Score(max(0, FULL_SCORE - lost), terms, 0)
