"""The report for people at a terminal, and for logs: grouped by rule, worst first, never longer than can be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pgaudit.reports.contract import BaselineState
from pgaudit.reports.escaping import shortened
from pgaudit.reports.interface import Published, View
from pgaudit.reports.page import Group, Item, Page, groups
from pgaudit.reports.paging import page_of
from pgaudit.reports.text_item import full_item, one_line_item, short_name, suppressed_item
from pgaudit.reports.text_lines import STYLES, Line, colored, plain
from pgaudit.reports.text_table import overview
from pgaudit.reports.words import arithmetic, counted, summary

_FULL_REPORT_ITEMS = 40
_SHOWN_OF_A_KIND = 10
_TWO_SCREENS_LINES = 96
_LEAST_LINES_OF_FINDINGS = 24
"""However much stands above and below them."""
_HINT_LINES = 3
"""What is said of those that are not shown, with the empty line above it."""
_SUBJECT_CHARACTERS = 100
_SHOWN_SKIPS = 5
_TABLE_ITEMS = 10
_CHANGES = (BaselineState.NEW, BaselineState.REOPENED, BaselineState.WORSE, BaselineState.BETTER)


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
    yield from _findings(shown, view, max(_TWO_SCREENS_LINES - taken, _LEAST_LINES_OF_FINDINGS))
    yield from below


def _below(page: Page, shown: tuple[Item, ...], view: View) -> Iterator[Line]:
    """What stands below the findings."""
    yield from _resolved(page, view)
    yield from _since(page, shown, view)
    if view.show_suppressed:
        yield from _suppressed(page)
    yield from _not_checked(page, view)
    if len(shown) >= _TABLE_ITEMS:
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


def _is_in_full(shown: tuple[Item, ...], view: View) -> bool:
    return view.show_all or len(shown) <= _FULL_REPORT_ITEMS


def _findings(shown: tuple[Item, ...], view: View, room: int) -> Iterator[Line]:
    """In full where they are few or all are asked for; else as much as fits into so many lines."""
    if _is_in_full(shown, view):
        known: set[tuple[str, int, int]] = set()
        for group in groups(shown):
            yield from _full_group(group, known, show_all=view.show_all)
        return
    yield from _fitted(groups(shown), view.width, room)


def _full_group(group: Group, known: set[tuple[str, int, int]], *, show_all: bool) -> Iterator[Line]:
    """A rule's findings; `known` are the statements whose effects were told, to which these are added."""
    yield from _group_head(group)
    kept = group.items if show_all else group.items[:_SHOWN_OF_A_KIND]
    said = None
    for item in kept:
        place = _statement(item)
        yield from full_item(item, show_all=show_all, said=said, is_known=place in known)
        said = item.note
        known |= {place} if place else set()
    if len(group.items) > len(kept):
        yield Line(f"  … {len(group.items) - len(kept):,} more (--show-all)", "dim")


def _statement(item: Item) -> tuple[str, int, int] | None:
    return (item.place.path, item.frame.line, item.frame.column) if item.frame else None


def _group_head(group: Group) -> Iterator[Line]:
    count = f" ({len(group.items):,})" if len(group.items) > 1 else ""
    title = f" {group.title}" if group.title != group.rule else ""
    yield Line("")
    head = f"{group.severity.value}[{group.rule}]"
    yield Line(f"{head}{title}{count}", STYLES[group.severity], accent=(0, len(head)))


def _fitted(found: tuple[Group, ...], width: int, room: int) -> Iterator[Line]:
    """Every rule with as many of its worst as there is room for; where even one is too many, rules as a list."""
    for worst in range(_SHOWN_OF_A_KIND, 0, -1):
        lines = [line for group in found for line in _short_group(group, worst)]
        if sum(line.height(width) for line in lines) <= room - _HINT_LINES:
            yield from lines
            yield Line("")
            yield Line("  only the worst of each kind are shown: --show-all prints all, with evidence and fixes", "dim")
            return
    yield Line("")
    listed = _that_fit(found, width, room - _HINT_LINES - 1)
    for group in listed:
        yield _group_in_a_line(group)
    rest = sum(len(group.items) for group in found[len(listed) :])
    if rest:
        kinds = len(found) - len(listed)
        yield Line(f"… {counted(rest, 'more finding')} of {counted(kinds, 'other kind')}, none worse", "dim")
    yield Line(
        "  only the kinds are shown: --show-all prints all, `pgaudit explain CHECK` says what a kind means", "dim"
    )


def _that_fit(found: tuple[Group, ...], width: int, room: int) -> list[Group]:
    listed: list[Group] = []
    for group in found:
        room -= _group_in_a_line(group).height(width)
        if room < 0:
            break
        listed.append(group)
    return listed


def _short_group(group: Group, worst: int) -> Iterator[Line]:
    yield from _group_head(group)
    yield one_line_item(group.items[0])
    others = [short_name(item) for item in group.items[1:worst]]
    rest = len(group.items) - 1 - len(others)
    others += [f"{rest:,} more"] if rest else []
    if others:
        yield Line(f"    and {', '.join(others)}", "dim")


def _group_in_a_line(group: Group) -> Line:
    severity = group.severity.value
    subject = shortened(group.items[0].subject, _SUBJECT_CHARACTERS)
    count = f" ({len(group.items):,})" if len(group.items) > 1 else ""
    return Line(f"{severity:<8} {group.rule}{count}: {subject}", STYLES[group.severity], (0, len(severity)), hanging=9)


def _resolved(page: Page, view: View) -> Iterator[Line]:
    if not page.resolved:
        return
    yield Line("")
    yield Line(f"resolved by the migration ({len(page.resolved):,}):", "bold green")
    kept = page.resolved if view.show_all else page.resolved[:_SHOWN_OF_A_KIND]
    for item in kept:
        yield Line(f"  {item.rule} {item.subject}", "green")
    if len(page.resolved) > len(kept):
        yield Line(f"  … {len(page.resolved) - len(kept):,} more (--show-all)", "dim")


def _since(page: Page, shown: tuple[Item, ...], view: View) -> Iterator[Line]:
    """What changed since the run before: what is new or worse, what is fixed, then what nobody can tell.

    Findings that are printed in full carry their state themselves, and where all are new there was no run before.
    """
    changed = () if _is_in_full(shown, view) else tuple(one for one in shown if one.state in _CHANGES)
    if all(one.state is BaselineState.NEW for one in shown):
        changed = ()
    if page.absent or changed:
        yield Line("")
        yield Line(f"since the run of {page.since}:" if page.since else "since the report before:", "bold")
    for state in _CHANGES:
        yield from _listed(
            state.value,
            [
                Line(f"  {state.value}: {one.severity.value} {one.rule} {one.subject}", STYLES[one.severity])
                for one in changed
                if one.state is state
            ],
            view,
        )
    for word, style in (("fixed", "green"), ("gone", "green"), ("not checked", "yellow")):
        found = [one for one in page.absent if one.word == word]
        lines = [
            Line(f"  {word}: {one.rule} {one.subject}{f' ({one.reason})' if one.reason else ''}", style)
            for one in found
        ]
        yield from _listed(word, lines, view)


def _listed(word: str, lines: Sequence[Line], view: View) -> Iterator[Line]:
    kept = lines if view.show_all else lines[:_SHOWN_OF_A_KIND]
    yield from kept
    if len(lines) > len(kept):
        yield Line(f"  … {len(lines) - len(kept):,} more {word} (--show-all)", "dim")


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
