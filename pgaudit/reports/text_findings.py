"""Findings as lines of text: grouped by rule, worst first; in full where they are few, else as many as can be read."""

from __future__ import annotations

from collections.abc import Iterator

from pgaudit.reports.escaping import shortened
from pgaudit.reports.interface import View
from pgaudit.reports.page import Group, Item, groups
from pgaudit.reports.text_item import full_item, one_line_item, short_name
from pgaudit.reports.text_lines import STYLES, Line
from pgaudit.reports.words import counted

SHOWN_OF_A_KIND = 10
_FULL_REPORT_ITEMS = 40
_HINT_LINES = 3
"""What is said of those that are not shown, with the empty line above it."""
_SUBJECT_CHARACTERS = 100


def is_in_full(shown: tuple[Item, ...], view: View) -> bool:
    """Whether they are few enough to be printed with evidence and remedies, or all are asked for."""
    return view.show_all or len(shown) <= _FULL_REPORT_ITEMS


def findings(shown: tuple[Item, ...], view: View, room: int) -> Iterator[Line]:
    """In full where they are few or all are asked for; else as much as fits into so many lines."""
    if is_in_full(shown, view):
        known: set[tuple[str, int, int]] = set()
        for group in groups(shown):
            yield from _full_group(group, known, show_all=view.show_all)
        return
    yield from _fitted(groups(shown), view.width, room)


def _full_group(group: Group, known: set[tuple[str, int, int]], *, show_all: bool) -> Iterator[Line]:
    """A rule's findings; `known` are the statements whose effects were told, to which these are added."""
    yield from _group_head(group)
    kept = group.items if show_all else group.items[:SHOWN_OF_A_KIND]
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
    for worst in range(SHOWN_OF_A_KIND, 0, -1):
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
