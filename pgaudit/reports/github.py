"""Workflow commands that GitHub shows as annotations, within its limits: 10 of a kind in a step, 50 in a job."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pgaudit.reports.escaping import printable, shortened, sql_lines
from pgaudit.reports.interface import Published, View
from pgaudit.reports.page import Group, Item, groups
from pgaudit.reports.paging import page_of
from pgaudit.reports.words import counted
from probes.finding import Severity

OF_A_KIND = 10
"""What GitHub shows of errors, of warnings and of notices in a step; three kinds stay below its 50 for a job."""
_KINDS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}
_NAMED_OBJECTS = 5
_MESSAGE_CHARACTERS = 4_000


class _Annotation(msgspec.Struct, frozen=True):
    kind: str
    title: str
    message: str
    file: str | None = None
    line: int = 1
    column: int = 1


def render(report: Published, view: View) -> str:
    """A command a line. A statement of a migration has its own; findings of a scan share one for each check."""
    page = page_of(report)
    annotations = list(_annotations(page.shown(view.min_severity)))
    lines: list[str] = []
    for kind in ("error", "warning", "notice"):
        lines += [_command(one) for one in _within_limit(kind, [one for one in annotations if one.kind == kind])]
    return "".join(line + "\n" for line in lines)


def _annotations(items: tuple[Item, ...]) -> Iterator[_Annotation]:
    for item in items:
        if item.place.is_file:
            yield _of_statement(item)
    for group in groups(item for item in items if not item.place.is_file):
        yield _of_group(group)


def _of_statement(item: Item) -> _Annotation:
    told = [f"{one[:1].upper()}{one[1:]}." for one in item.frame.told] if item.frame else []
    rewrite = ["Safe rewrite:", *(line for one in item.sql for line in sql_lines(one))] if item.sql else []
    message = "\n".join([item.message, *told, *rewrite])
    place = item.place
    return _Annotation(_KINDS[item.severity], _title(item), message, printable(place.path), place.line, place.column)


def _title(item: Item) -> str:
    title = f" {item.title}" if item.title != item.rule else ""
    return f"{item.severity.value}[{item.rule}]{title}"


def _of_group(group: Group) -> _Annotation:
    worst = group.items[0]
    title = f"{_title(worst)} ({len(group.items):,})" if len(group.items) > 1 else _title(worst)
    lines = [f"{item.subject}: {item.message}" for item in group.items[:_NAMED_OBJECTS]]
    if len(group.items) > _NAMED_OBJECTS:
        lines.append(f"... and {len(group.items) - _NAMED_OBJECTS:,} more of this kind")
    return _Annotation(_KINDS[group.severity], title, "\n".join(lines))


def _within_limit(kind: str, found: list[_Annotation]) -> list[_Annotation]:
    if len(found) <= OF_A_KIND:
        return found
    kept = found[: OF_A_KIND - 1]
    cut = counted(len(found) - len(kept), f"more {kind}")
    said = f"GitHub shows {OF_A_KIND} of a kind; {cut} left out here. The report has them all."
    return [*kept, _Annotation(kind, f"pgaudit: {cut} not shown", said)]


def _command(one: _Annotation) -> str:
    where = f"file={_property(one.file)},line={one.line},col={one.column}," if one.file else ""
    message = shortened(one.message, _MESSAGE_CHARACTERS)
    return f"::{one.kind} {where}title={_property(one.title)}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
