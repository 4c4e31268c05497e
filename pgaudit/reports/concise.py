"""One line for each finding, for grep, editors and diffs."""

from __future__ import annotations

from pgaudit.reports.escaping import no_command
from pgaudit.reports.interface import Published, View
from pgaudit.reports.page import Item
from pgaudit.reports.paging import page_of


def render(report: Published, view: View) -> str:
    """`object: severity[rule] message`, or `file:line:column: severity[rule] message`; empty where nothing is."""
    page = page_of(report)
    items = [*page.shown(view.min_severity), *(page.suppressed_items if view.show_suppressed else ())]
    return "".join(no_command(_line(item)) + "\n" for item in items)


def _line(item: Item) -> str:
    where = f"{item.subject}:{item.place.column}" if item.place.is_file else item.subject
    aside = " (suppressed)" if item.suppressed else ""
    return f"{where}: {item.severity.value}[{item.rule}] {item.message}{aside}"
