"""What changed since an earlier report, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pgaudit.reports.contract import BaselineState
from pgaudit.reports.interface import View
from pgaudit.reports.page import Item, Page
from pgaudit.reports.text_findings import SHOWN_OF_A_KIND, findings, is_in_full
from pgaudit.reports.text_lines import STYLES, Line
from pgaudit.reports.words import counted, counted_states

_WORSENED = (BaselineState.NEW, BaselineState.REOPENED, BaselineState.WORSE)
_CHANGES = (*_WORSENED, BaselineState.BETTER)


def comparison(page: Page, shown: tuple[Item, ...], view: View, room: int) -> Iterator[Line]:
    """How much changed, what is new or worse in full, the other changes in a line each, how much is as it was.

    Args:
        page: The later report.
        shown: Its findings that are wanted.
        view: What the reader asked to see.
        room: How many lines what is new or worse may take.
    """
    changed = any(item.state in _CHANGES for item in page.open_items) or page.absent
    yield Line("")
    yield Line(f"{_since_when(page)} {counted_states(page) if changed else 'nothing changed'}", "bold")
    yield from findings(tuple(one for one in shown if one.state in _WORSENED), view, room)
    better = [one for one in shown if one.state is BaselineState.BETTER]
    if better or page.absent:
        yield Line("")
    yield from _stated(BaselineState.BETTER, better, view)
    yield from _absent(page, view)
    yield from _rest(tuple(one for one in shown if one.state is BaselineState.UNCHANGED), view)


def since(page: Page, shown: tuple[Item, ...], view: View) -> Iterator[Line]:
    """What changed since the run before: what is new or worse, what is fixed, then what nobody can tell.

    Findings that are printed in full carry their state themselves, and where all are new there was no run before.
    """
    changed = () if is_in_full(shown, view) else tuple(one for one in shown if one.state in _CHANGES)
    if all(one.state is BaselineState.NEW for one in shown):
        changed = ()
    if page.absent or changed:
        yield Line("")
        yield Line(_since_when(page), "bold")
    for state in _CHANGES:
        yield from _stated(state, [one for one in changed if one.state is state], view)
    yield from _absent(page, view)


def _since_when(page: Page) -> str:
    return f"since the run of {page.since}:" if page.since else "since the report before:"


def _rest(unchanged: tuple[Item, ...], view: View) -> Iterator[Line]:
    """Those that stand as they stood: in full where all are asked for, else how many, and how to see them."""
    if not unchanged:
        return
    yield Line("")
    if not view.show_all:
        yield Line(f"{counted(len(unchanged), 'unchanged finding')} left out: --show-all prints all", "dim")
        return
    yield Line(f"unchanged ({len(unchanged):,}):", "bold")
    yield from findings(unchanged, view, 0)


def _stated(state: BaselineState, found: Sequence[Item], view: View) -> Iterator[Line]:
    lines = [
        Line(f"  {state.value}: {one.severity.value} {one.rule} {one.subject}", STYLES[one.severity]) for one in found
    ]
    yield from _listed(state.value, lines, view)


def _absent(page: Page, view: View) -> Iterator[Line]:
    for word, style in (("fixed", "green"), ("gone", "green"), ("not checked", "yellow")):
        found = [one for one in page.absent if one.word == word]
        lines = [
            Line(f"  {word}: {one.rule} {one.subject}{f' ({one.reason})' if one.reason else ''}", style)
            for one in found
        ]
        yield from _listed(word, lines, view)


def _listed(word: str, lines: Sequence[Line], view: View) -> Iterator[Line]:
    kept = lines if view.show_all else lines[:SHOWN_OF_A_KIND]
    yield from kept
    if len(lines) > len(kept):
        yield Line(f"  … {len(lines) - len(kept):,} more {word} (--show-all)", "dim")
