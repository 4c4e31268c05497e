"""One finding as lines of text: in full, with its code frame, or on a single line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pgaudit.reports.escaping import printable, shortened, sql_lines
from pgaudit.reports.page import Frame, Item
from pgaudit.reports.text_lines import Line

_INDENT = "    "
_EVIDENCE_CHARACTERS = 400
_FRAME_LINES = 6
_FRAME_COLUMNS = 160
_LINE_END = re.compile(r"\r\n|\r|\n")


def full_item(item: Item, *, show_all: bool, said: str | None = None, is_known: bool = False) -> Iterator[Line]:
    """The finding with its evidence and its remedy.

    Args:
        item: The finding.
        show_all: Whether evidence is printed in full.
        said: A note that was printed just before, and is not printed again.
        is_known: Whether what its statement does was printed before.
    """
    yield _headline(item)
    if item.frame:
        yield from _frame(item, item.frame)
        yield from _consequences(item.frame, is_known=is_known)
    evidence = ", ".join(f"{label} {value}" for label, value in item.evidence)
    if evidence:
        yield Line(f"{_INDENT}{evidence if show_all else shortened(evidence, _EVIDENCE_CHARACTERS)}", "dim")
    yield from _remedy(item, said)


def one_line_item(item: Item) -> Line:
    """The finding alone."""
    return _headline(item)


def short_name(item: Item) -> str:
    """The object without its kind, or `file:line`, for lists."""
    return printable(str(item.object)) if item.object else item.subject


def suppressed_item(item: Item) -> Line:
    """An accepted finding and why it was accepted."""
    assert item.suppressed is not None  # noqa: S101 - the caller lists accepted ones
    until = f" until {printable(item.suppressed.expires)}" if item.suppressed.expires else ""
    reason = printable(item.suppressed.reason)
    return Line(f"suppressed[{item.rule}] {item.subject}: {reason}{until} ({printable(item.suppressed.source)})", "dim")


def _headline(item: Item) -> Line:
    unsure = "" if item.confidence.value == "high" else f" [{item.confidence.value} confidence]"
    state = f" [{item.state.value}]" if item.state and item.state.value != "unchanged" else ""
    introduced = " [introduced by the migration]" if item.introduced else ""
    told = f"  {item.message}{unsure}{state}{introduced}"
    if item.frame:
        return Line(told, "bold")
    named = _named_in(item)
    if named is not None:
        return Line(told, "bold", accent=named)
    subject = f"  {item.subject}:"
    return Line(subject + told[1:], "bold", accent=(2, len(subject)))


def _named_in(item: Item) -> tuple[int, int] | None:
    """Where the message itself names the object, schema and all: saying it twice would only fill the line."""
    if item.object is None:
        return None
    name, place = (
        printable(item.object.name),
        printable(".".join(filter(None, (item.object.schema, item.object.table)))),
    )
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?![\w])", item.message)
    whole = printable(str(item.object))
    if whole in item.message:
        start = item.message.index(whole) + 2
        return start, start + len(whole)
    if found is None or not place or place not in item.message:
        return None
    return found.start() + 2, found.end() + 2


def _frame(item: Item, frame: Frame) -> Iterator[Line]:
    raw = _LINE_END.split(f"{' ' * (frame.column - 1)}{frame.sql}")
    written = [printable(line.replace("\t", _INDENT)) for line in raw]
    gutter = len(str(frame.line + len(written) - 1))
    place = item.place
    yield Line(f"  {' ' * gutter}--> {item.subject}:{place.column}", "blue", foldable=False)
    yield Line(f"  {' ' * gutter} |", "blue", foldable=False)
    marked = max(place.line - frame.line, 0)  # not among them where only the head of a long statement is known
    first = max(0, marked - _FRAME_LINES + 2) if marked < len(written) else 0
    for offset in range(first, min(first + _FRAME_LINES, len(written))):
        text = shortened(written[offset], _FRAME_COLUMNS)
        yield Line(f"  {frame.line + offset:>{gutter}} | {text}", foldable=False)
        if offset == marked:
            caret = _caret(text, _width(raw[offset][: place.column - 1]))
            yield Line(f"  {' ' * gutter} | {caret}", "bold red", foldable=False)
    if first + _FRAME_LINES < len(written):
        yield Line(f"  {' ' * gutter} | … {len(written) - first - _FRAME_LINES} more lines", "dim")


def _consequences(frame: Frame, *, is_known: bool) -> Iterator[Line]:
    """What the statement does, once for each, and what becomes of others."""
    gutter = " " * len(str(frame.line + max(len(frame.sql.splitlines()), 1) - 1))
    if is_known and len(frame.effects) > 1:
        yield Line(f"  {gutter} = locks and work as told above", "blue")
    else:
        for effect in frame.effects:
            yield Line(f"  {gutter} = {effect}", "blue")
    for told in frame.told:
        yield Line(f"  {gutter} = {told}", "bold red")


def _width(text: str) -> int:
    """How many characters it takes where it is shown."""
    return len(printable(text.replace("\t", _INDENT)))


def _caret(text: str, start: int) -> str:
    start = min(start, max(len(text) - 1, 0))
    return " " * start + "^" * max(1, len(text) - start)


def _remedy(item: Item, said: str | None) -> Iterator[Line]:
    first = f"{item.sql_label}: "
    for position, statement in enumerate(item.sql):
        for number, line in enumerate(sql_lines(statement)):
            lead = first if position == number == 0 else " " * len(first)
            yield Line(f"{_INDENT}{lead}{line}", "green")
    if item.note and item.note != said:
        yield Line(f"{_INDENT}note: {item.note}", "dim")
    if item.advice:
        yield Line(f"{_INDENT}advice: {item.advice}", "green")
