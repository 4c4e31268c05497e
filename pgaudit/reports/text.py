"""The report for people at a terminal, and for logs: grouped by rule, worst first, never longer than can be read."""

from __future__ import annotations

from collections.abc import Iterator

from pgaudit.reports.interface import Published, View
from pgaudit.reports.page import Item, Page
from pgaudit.reports.paging import page_of
from pgaudit.reports.text_changes import comparison, since
from pgaudit.reports.text_findings import SHOWN_OF_A_KIND, findings
from pgaudit.reports.text_item import suppressed_item
from pgaudit.reports.text_lines import Line, colored, plain
from pgaudit.reports.text_table import overview
from pgaudit.reports.words import arithmetic, summary

_TWO_SCREENS_LINES = 96
_LEAST_LINES_OF_FINDINGS = 24
"""However much stands above and below them."""
_SHOWN_SKIPS = 5
_TABLE_ITEMS = 10


def render(report: Published, view: View) -> str:
    """The whole report."""
    page = page_of(report)
    lines = list(_lines(page, view))
    return colored(lines, view.width) if view.color else plain(lines)


def _lines(page: Page, view: View) -> Iterator[Line]:
    yield from _header(page)
    shown = page.shown(view.min_severity)
    below = list(_below(page, shown, view))
    taken = sum(line.height(view.width) for line in (*_header(page), *below))
    room = max(_TWO_SCREENS_LINES - taken, _LEAST_LINES_OF_FINDINGS)
    yield from comparison(page, shown, view, room) if view.changes_first else findings(shown, view, room)
    yield from below


def _below(page: Page, shown: tuple[Item, ...], view: View) -> Iterator[Line]:
    """What stands below the findings."""
    yield from _resolved(page, view)
    if not view.changes_first:
        yield from since(page, shown, view)
    if view.show_suppressed:
        yield from _suppressed(page)
    yield from _not_checked(page, view)
    if len(shown) >= _TABLE_ITEMS and not view.changes_first:
        yield Line("")
        yield from overview(shown, view)
    if page.score and page.score.terms:
        yield Line("")
        yield Line(f"score: {arithmetic(page.score)}", "dim")
    yield Line("")
    yield Line(summary(page), "bold")


def _header(page: Page) -> Iterator[Line]:
    yield Line(page.heading, "bold")
    if page.facts:
        yield Line(", ".join(page.facts), "dim")
    for alert in page.alerts:
        yield Line(alert, "bold red")
    for note in page.notes:
        yield Line(f"note: {note}", "yellow")


def _resolved(page: Page, view: View) -> Iterator[Line]:
    if not page.resolved:
        return
    yield Line("")
    yield Line(f"resolved by the migration ({len(page.resolved):,}):", "bold green")
    kept = page.resolved if view.show_all else page.resolved[:SHOWN_OF_A_KIND]
    for item in kept:
        yield Line(f"  {item.rule} {item.subject}", "green")
    if len(page.resolved) > len(kept):
        yield Line(f"  … {len(page.resolved) - len(kept):,} more (--show-all)", "dim")


def _suppressed(page: Page) -> Iterator[Line]:
    if page.suppressed_items:
        yield Line("")
    for item in page.suppressed_items:
        yield suppressed_item(item)


def _not_checked(page: Page, view: View) -> Iterator[Line]:
    if page.unchecked:
        yield Line("")
        yield Line("not checked:", "bold")
    for one in page.unchecked:
        kept = one.checks if view.show_all else one.checks[:_SHOWN_SKIPS]
        more = f" and {len(one.checks) - len(kept)} more" if len(one.checks) > len(kept) else ""
        yield Line(f"  {one.reason}: {', '.join(kept)}{more}")
    for failure in page.broken:
        yield Line(f"  broke: {failure}; please report this", "bold red")
