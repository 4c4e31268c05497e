"""Drawing a chart as SVG without style or script: the page's own style colours it in both schemes and in print."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup

_LABELS = 5
"""So many dates below a chart can be told apart."""
_LEGENDS_A_LINE = 3
_STEPS = 5
_WIDTH, _HEIGHT = 360, 220
_LABEL_SIZE = 11
_BEHAVIOUR = frozenset({"reactive", "tooltip-trigger", "activate-serie", "always_show"})
"""Classes that only the library's script would use."""

Series = Mapping[str, Sequence[float | None]]
"""Values by our own name of the series, a value a run; None where a run did not tell."""

_DIAGONAL, _DOTS, _LEVEL, _UPRIGHT = "M-1 1l2 -2M0 6l6 -6M5 7l2 -2", "M1.5 1.5h1.5M4.5 4.5h1.5", "M0 3h6", "M3 0v6"
HATCHES = (
    ("high", _DIAGONAL),
    ("medium", _DOTS),
    ("low", _LEVEL),
    ("info", _UPRIGHT),
    ("fixed", _DIAGONAL),
    ("indexes", _DIAGONAL),
)
"""Series whose bars are told apart by more than their colour, and the lines across them in a square of six."""


@enum.unique
class Shape(enum.Enum):
    """How a chart is drawn."""

    BARS = "StackedBar"
    LINES = "Line"


def drawn(
    moments: Sequence[datetime],
    series: Series,
    label: str,
    in_words: Callable[[float], str],
    shape: Shape = Shape.BARS,
) -> Markup:
    """The chart as SVG.

    Args:
        moments: When the runs were.
        series: What to draw, by the word of the legend.
        label: What it shows, for those who cannot see it.
        in_words: A value for axes and hints.
        shape: Bars that stand on each other, or lines.
    """
    import pygal  # noqa: PLC0415 - most pages have no history

    chart: Any = getattr(pygal, shape.value)(**_layout(series, in_words))
    days = _dates(moments)
    chart.x_labels = days
    chart.x_labels_major = days[:: -(-len(days) // _LABELS)]
    if in_words is count_in_words:
        chart.y_labels = _whole_steps(series)
    for name, values in series.items():
        chart.add(name, list(values))
    chart.add_xml_filter(functools.partial(_plain, label=label, names=tuple(series)))
    return Markup(chart.render(is_unicode=True))  # noqa: S704 - its texts are dates, numbers and our own words


def _dates(moments: Sequence[datetime]) -> list[str]:
    """The day of each run; the time of day where all were on one day."""
    days = [day_of(moment) for moment in moments]
    return days if len(set(days)) > 1 else [moment.strftime("%H:%M") for moment in moments]


def _layout(series: Series, in_words: Callable[[float], str]) -> dict[str, Any]:
    from pygal.style import Style  # noqa: PLC0415 - likewise

    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "style": Style(label_font_size=_LABEL_SIZE, major_label_font_size=_LABEL_SIZE, legend_font_size=_LABEL_SIZE),
        "js": [],
        "css": [],
        "no_prefix": True,
        "disable_xml_declaration": True,
        "show_legend": len(series) > 1,
        "legend_at_bottom": True,
        "legend_at_bottom_columns": min(len(series), _LEGENDS_A_LINE),
        "legend_box_size": _LABEL_SIZE - 1,
        "margin": 4,
        "max_scale": 6,
        "include_x_axis": True,
        "allow_interruptions": True,
        "dots_size": 1.5,
        "show_minor_x_labels": False,
        "truncate_label": -1,
        "truncate_legend": -1,
        "no_data_text": "nothing",
        "value_formatter": in_words,
    }


def _whole_steps(series: Series) -> list[int]:
    """Values to draw lines at: there are no half findings."""
    known = [[value or 0 for value in values] for values in series.values()]
    totals = [sum(of_run) for of_run in zip(*known, strict=True)]
    each = [value for values in known for value in values]
    least, most = int(min(0, *each)), int(max(1, *totals, *each))
    step = -(-(most - least) // _STEPS)
    return list(range(least // step * step, most + step, step))


def class_of(name: str) -> str:
    """The class that the page's style colours a series by."""
    return f"fill-{name.replace(' ', '-')}"


def _plain(root: Any, label: str, names: Sequence[str]) -> Any:
    """The drawing without what a page of ours may not run or shows anyway; hints become titles, colours get names."""
    colors = {f"color-{number}": class_of(name) for number, name in enumerate(names)}
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


def count_in_words(value: float) -> str:
    """A whole number without its sign: what left is drawn below zero."""
    return f"{abs(value):,.0f}"


def day_of(moment: datetime) -> str:
    """`3 Mar`."""
    return moment.strftime("%d %b").lstrip("0")
