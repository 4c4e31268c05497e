"""Charts of a target's history, each with what it shows in words, and what is missing for those that are not drawn."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from pgaudit.reports.html.drawing import count_in_words, day_of, drawn
from pgaudit.reports.trends import Night, Size, Trends
from pgaudit.reports.words import bytes_in_words
from probes.finding import Severity

FEWEST_RUNS = 2


class Figure(msgspec.Struct, frozen=True):
    """A chart, and what it shows in a word and a sentence."""

    title: str
    caption: str
    svg: Markup


def figures(trends: Trends) -> tuple[Figure, ...]:
    """The charts that these runs have numbers for; none where there is a single run."""
    found: list[Figure] = []
    if len(trends.nights) >= FEWEST_RUNS:
        found += [_open_findings(trends.nights), _comings_and_goings(trends.nights)]
    if len(trends.sizes) >= FEWEST_RUNS:
        found.append(_sizes(trends.sizes))
    return tuple(found)


def _open_findings(nights: Sequence[Night]) -> Figure:
    shown = [severity for severity in reversed(Severity) if any(night.open.get(severity) for night in nights)]
    series = {severity.value: [night.open.get(severity, 0) for night in nights] for severity in shown}
    caption = f"{sum(nights[0].open.values()):,} on {day_of(nights[0].at)}, {sum(nights[-1].open.values()):,} now."
    svg = drawn([night.at for night in nights], series, "Open findings by run", count_in_words)
    return Figure("Open findings", caption, svg)


def _comings_and_goings(nights: Sequence[Night]) -> Figure:
    series = {"new": [night.arrived for night in nights], "fixed": [-night.left for night in nights]}
    arrived, left = sum(night.arrived for night in nights[1:]), sum(night.left for night in nights[1:])
    caption = f"{arrived:,} new and {left:,} fixed or gone after the first run shown."
    svg = drawn([night.at for night in nights], series, "New and fixed findings by run", count_in_words)
    return Figure("New and fixed", caption, svg)


def _sizes(sizes: Sequence[Size]) -> Figure:
    series = {"tables": [one.tables_bytes for one in sizes], "indexes": [one.indexes_bytes for one in sizes]}
    last = sizes[-1]
    caption = f"{bytes_in_words(last.tables_bytes)} of tables, {bytes_in_words(last.indexes_bytes)} of indexes."
    svg = drawn([one.at for one in sizes], series, "Size of the database by run", bytes_in_words)
    return Figure("Size of the database", caption, svg)
