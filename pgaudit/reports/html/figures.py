"""Charts of a target's history as SVG without style or script: the page's own style colours them in both schemes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from markupsafe import Markup

from pgaudit.reports.trends import Night, Size, Trends
from pgaudit.reports.words import bytes_in_words
from probes.finding import Severity

_FEWEST_NIGHTS = 2
_LABELS = 5
"""So many dates below a chart can be told apart."""
_STEPS = 5
_WIDTH, _HEIGHT = 360, 220
_LABEL_SIZE = 11
_BEHAVIOUR = frozenset({"reactive", "tooltip-trigger", "activate-serie", "always_show"})
"""Classes that only the library's script would use."""


class Figure(msgspec.Struct, frozen=True):
    """A chart, and what it shows in a word and a sentence."""

    title: str
    caption: str
    svg: Markup


def figures(trends: Trends) -> tuple[Figure, ...]:
    """The charts that these runs have numbers for; none where there is a single run."""
    found: list[Figure] = []
    if len(trends.nights) >= _FEWEST_NIGHTS:
        found += [_open_findings(trends.nights), _comings_and_goings(trends.nights)]
    if len(trends.sizes) >= _FEWEST_NIGHTS:
        found.append(_sizes(trends.sizes))
    return tuple(found)


def _open_findings(nights: Sequence[Night]) -> Figure:
    shown = [severity for severity in reversed(Severity) if any(night.open.get(severity) for night in nights)]
    series = {severity.value: [night.open.get(severity, 0) for night in nights] for severity in shown}
    caption = f"{sum(nights[0].open.values()):,} on {_day(nights[0].at)}, {sum(nights[-1].open.values()):,} now."
    svg = _drawn([night.at for night in nights], series, "Open findings by run", _count)
    return Figure("Open findings", caption, svg)


def _comings_and_goings(nights: Sequence[Night]) -> Figure:
    series = {"new": [night.arrived for night in nights], "fixed": [-night.left for night in nights]}
    arrived, left = sum(night.arrived for night in nights[1:]), sum(night.left for night in nights[1:])
    caption = f"{arrived:,} new and {left:,} fixed or gone after the first run shown."
    svg = _drawn([night.at for night in nights], series, "New and fixed findings by run", _count)
    return Figure("New and fixed", caption, svg)


def _sizes(sizes: Sequence[Size]) -> Figure:
    series = {"tables": [one.tables_bytes for one in sizes], "indexes": [one.indexes_bytes for one in sizes]}
    last = sizes[-1]
    caption = f"{bytes_in_words(last.tables_bytes)} of tables, {bytes_in_words(last.indexes_bytes)} of indexes."
    svg = _drawn([one.at for one in sizes], series, "Size of the database by run", bytes_in_words)
    return Figure("Size of the database", caption, svg)


def _drawn(
    moments: Sequence[datetime], series: Mapping[str, Sequence[float]], label: str, in_words: Callable[[float], str]
) -> Markup:
    import pygal  # noqa: PLC0415 - most pages have no history
    from pygal.style import Style  # noqa: PLC0415

    chart: Any = pygal.StackedBar(
        width=_WIDTH,
        height=_HEIGHT,
        style=Style(label_font_size=_LABEL_SIZE, major_label_font_size=_LABEL_SIZE, legend_font_size=_LABEL_SIZE),
        js=[],
        css=[],
        no_prefix=True,
        disable_xml_declaration=True,
        legend_at_bottom=True,
        legend_box_size=_LABEL_SIZE - 1,
        margin=4,
        max_scale=6,
        show_minor_x_labels=False,
        truncate_label=-1,
        no_data_text="nothing",
        value_formatter=in_words,
    )
    days = [_day(moment) for moment in moments]
    chart.x_labels = days
    chart.x_labels_major = days[:: -(-len(days) // _LABELS)]
    if in_words is _count:
        chart.y_labels = _whole_steps(series)
    for name, values in series.items():
        chart.add(name, list(values))
    chart.add_xml_filter(functools.partial(_plain, label=label, names=tuple(series)))
    return Markup(chart.render(is_unicode=True))  # noqa: S704 - its texts are dates, numbers and our own words


def _whole_steps(series: Mapping[str, Sequence[float]]) -> list[int]:
    """Values to draw lines at: there are no half findings."""
    totals = [sum(of_run) for of_run in zip(*series.values(), strict=True)]
    each = [value for values in series.values() for value in values]
    least, most = int(min(0, *each)), int(max(1, *totals, *each))
    step = -(-(most - least) // _STEPS)
    return list(range(least // step * step, most + step, step))


def _plain(root: Any, label: str, names: Sequence[str]) -> Any:
    """The drawing without what a page of ours may not run or shows anyway; hints become titles, colours get names."""
    colors = {f"color-{number}": f"fill-{name}" for number, name in enumerate(names)}
    for parent in list(root.iter()):
        for child in list(parent):
            if not _is_kept(child):
                parent.remove(child)
            elif _local_name(child) == "desc":
                child.tag = child.tag.replace("desc", "title")
                child.attrib.clear()
        for name in ("id", "style"):
            parent.attrib.pop(name, None)
        classes: list[str] = str(parent.attrib.pop("class", "")).split()
        if classes:
            parent.set("class", " ".join(colors.get(one, one) for one in classes if one not in _BEHAVIOUR))
    for title in [child for child in root if isinstance(child.tag, str) and _local_name(child) == "title"]:
        root.remove(title)
    root.set("role", "img")
    root.set("aria-label", label)
    return root


def _is_kept(node: Any) -> bool:
    if not isinstance(node.tag, str):
        return False  # a comment with the date of today: equal runs make equal pages
    name = _local_name(node)
    if name == "desc":
        return bool(node.get("class") == "value")
    classes = set((node.get("class") or "").split())
    return name not in {"defs", "style", "script"} and not classes & {"tooltip", "tooltip-overlay", "text-overlay"}


def _local_name(node: Any) -> str:
    return str(node.tag).rpartition("}")[2]


def _count(value: float) -> str:
    """Without its sign: what left is drawn below zero."""
    return f"{abs(value):,.0f}"


def _day(moment: datetime) -> str:
    return moment.strftime("%d %b").lstrip("0")
