"""The table at the end of the text report: how many findings of each severity in each area."""

from __future__ import annotations

from collections.abc import Iterator

from pgaudit.reports.interface import View
from pgaudit.reports.page import Item, counts
from pgaudit.reports.text_lines import Line
from probes.finding import Severity

_BAR_CELLS = 30
_BAR_FROM_COLUMNS = 90


def overview(items: tuple[Item, ...], view: View) -> Iterator[Line]:
    """Areas by severity, most findings first, with bars where there is room and a terminal."""
    by_area: dict[str, list[Item]] = {}
    for item in items:
        by_area.setdefault(item.area, []).append(item)
    areas = sorted(by_area.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    name_width = max(len(area) for area in by_area)
    heads = [severity.value for severity in Severity]
    yield Line(f"{'':<{name_width}}  {'  '.join(heads)}  total", "bold", foldable=False)
    largest = len(areas[0][1])
    with_bars = view.color and view.width >= _BAR_FROM_COLUMNS
    for area, members in areas:
        row = _row(members, heads)
        bar = f"  {_bar(len(members), largest)}" if with_bars else ""
        yield Line(f"{area:<{name_width}}  {row}{bar}", foldable=False)
    if len(areas) > 1:
        yield Line(f"{'total':<{name_width}}  {_row(list(items), heads)}", "bold", foldable=False)


def _row(members: list[Item], heads: list[str]) -> str:
    found = counts(members)
    cells = [f"{found[Severity(head)] or '.':>{len(head)}}" for head in heads]
    return "  ".join([*cells, f"{len(members):>5}"])


def _bar(count: int, largest: int) -> str:
    return "█" * max(1, round(_BAR_CELLS * count / largest))
