"""Blocks for what documents share: issues, changes, sections."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

import msgspec

from pgaudit.review.backends.offline.entries import changes_in_words, lock_in_words, strongest
from pgaudit.review.documents.parts import Change, IssueEntry, NamedList, Part, Section
from pgaudit.review.layout.blocks import (
    Block,
    Bullets,
    Code,
    Grid,
    Heading,
    Line,
    Paragraph,
    bullets,
    line,
    options,
    plain,
)

NOTHING = "No evidence about this was collected."


def issue_blocks(issues: Iterable[IssueEntry]) -> Iterator[Block]:
    """Issues as a list: what, where, what it leads to, what mends it."""
    lines = tuple(_issue(one) for one in issues)
    if lines:
        yield Bullets(lines)


def _issue(issue: IssueEntry) -> Line:
    single = len(issue.places) == 1
    places = Line(label="Location", children=() if single else tuple(line(one) for one in issue.places))
    children = [] if single else [places]
    if issue.impact:
        children.append(_same_records(line(issue.impact, "Impact")))
    children.append(_same_records(line(issue.fix, "Fix")))
    head = issue.places[0] if single else None
    count = "" if single else f"{len(issue.places)} places"
    return Line(
        text=head.text if head else count,
        cites=head.cites if head else (),
        label=issue.name,
        badge=issue.level.value,
        badge_label="Severity",
        children=tuple(children),
    )


def _same_records(one: Line) -> Line:
    """The line without marks: it rests on the records that its issue has just named."""
    return msgspec.structs.replace(one, cites=())


def change_blocks(changes: Sequence[Change], level: int) -> Iterator[Block]:
    """Changes in full, each under a heading. Why one was not proved is told before them, by their section."""
    if any(_is_usual(one) for one in changes):
        yield plain(_USUALLY)
    for one in changes:
        yield Heading(level, f"Change {one.number}: {one.title} ({one.level.value}, {one.proof.badge.value})")
        lines = [line(one.why)]
        lock = strongest(one.locks)
        if lock:
            lines.append(Line(f"{lock_in_words(lock)}.", label="Lock"))
        elif not one.locks_known:
            lines.append(Line("could not be predicted.", label="Lock"))
        if _run(one) is not _Run.TOGETHER:
            lines.append(Line(_RUNS[_run(one)], label="Run"))
        if one.note:
            lines.append(Line(one.note, label="Before"))
        if not one.rollback:
            lines.append(Line(_no_way_back(one), label="Back"))
        yield Paragraph(tuple(lines))
        yield Code("sql", sql_text(one))


@enum.unique
class _Run(enum.Enum):
    """How the statements of a change are run."""

    TOGETHER = "in one transaction"
    APART = "each commits by itself"
    OUTSIDE = "no transaction block takes them"


_RUNS = {
    _Run.TOGETHER: "in one transaction.",
    _Run.APART: "statement by statement, so that rows are read without the locks of what ran before; stop at an error.",
    _Run.OUTSIDE: "outside of a transaction block, statement by statement; stop at an error.",
}
_USUALLY = (
    "A change runs in one transaction unless it says otherwise. Where its lock is not granted within 2 seconds, "
    "nothing has happened: run it again later."
)


def _is_usual(change: Change) -> bool:
    """Whether a change waits for a lock inside a transaction."""
    return _run(change) is _Run.TOGETHER and bool(change.locks or not change.locks_known)


def _run(change: Change) -> _Run:
    if not change.transactional:
        return _Run.OUTSIDE
    validates = any(" validate constraint " in one for one in change.sql)
    return _Run.APART if validates and len(change.sql) > 1 else _Run.TOGETHER


def _no_way_back(change: Change) -> str:
    if change.is_harmless:
        return "nothing to take back."
    if any(one.startswith("drop index") for one in change.sql):
        return "build it again by its definition: note what pg_get_indexdef shows of it first."
    return "no statement brings the old state back: take a backup of what it changes first."


def runnable(change: Change) -> list[str]:
    """The statements as they are run: with a limit to the wait for locks, and the transaction around them."""
    statements = [f"{one.rstrip(';')};" for one in change.sql]
    run = _run(change)
    match run:
        case _Run.OUTSIDE:
            return _outside(statements)
        case _Run.APART:
            return [*_VALIDATING, *statements, *_AS_BEFORE]
        case _Run.TOGETHER:
            limit = ["set local lock_timeout = '2s';"] if change.locks or not change.locks_known else []
            later = [one for one in statements if one.startswith("analyze ")]
            within = [one for one in statements if one not in later]
            framed = ["begin;", *limit, *within, "commit;"] if limit or len(within) > 1 else within
            return [*framed, *later]
        case _:
            assert_never(run)


_UNLIMITED = ("set lock_timeout = 0;", "set statement_timeout = 0;")
"""What waits for older transactions, or reads a whole table, is not broken off half way by limits of the session."""
_VALIDATING = ("set lock_timeout = '2s';", "set statement_timeout = 0;")
_AS_BEFORE = ("reset statement_timeout;", "reset lock_timeout;")
_CONCURRENTLY = " index concurrently "


def _outside(statements: list[str]) -> list[str]:
    """Concurrent builds without time limits; what takes an exclusive lock between them waits for a moment only."""
    if not any(_CONCURRENTLY in one for one in statements):
        return statements
    framed = list(_UNLIMITED)
    for one in statements:
        is_short = one.startswith("alter table ")
        framed += ["set lock_timeout = '2s';", one] if is_short else [one]
    return [*framed, *_AS_BEFORE]


def sql_text(change: Change) -> str:
    """The statements, and the way back as comments."""
    parts = runnable(change)
    if change.rollback:
        parts += [f"-- back: {' '.join(one.split())};" for one in change.rollback]
    return "\n".join(parts)


def part_blocks(part: Part, level: int, verdicts: Sequence[str] = ()) -> Iterator[Block]:
    """A part under its heading."""
    yield Heading(level, part.heading)
    if part.verdict and verdicts:
        yield options(verdicts, part.verdict)
    elif part.verdict:
        yield plain(part.verdict, "Verdict")
    yield from bullets(part.claims)
    if part.table:
        yield Grid(part.table)
    yield from issue_blocks(part.issues)
    for one in part.lists:
        yield from list_blocks(one)
    if part.changes:
        yield plain(f"{changes_in_words(part.changes)}.")
    if part.script:
        yield Code(part.script.language, part.script.text, part.script.cites)
    if part.fixed:
        yield Paragraph((Line(part.fixed, part.fixed_cites),))
    if not (part.is_assessed or part.claims):
        yield plain(NOTHING)


def list_blocks(one: NamedList) -> Iterator[Block]:
    """A captioned list; an empty one says so."""
    yield plain("" if one.claims else "none", one.caption)
    yield from bullets(one.claims, is_ordered=one.is_ordered, box=False if one.is_checklist else None)


def section_blocks(section: Section, level: int, verdicts: dict[str, Sequence[str]] | None = None) -> Iterator[Block]:
    """A section with all its parts."""
    yield Heading(level, section.heading)
    if section.reviewer.reason:
        yield plain(f"Written by {section.reviewer.mode.value}: {section.reviewer.reason}")
    for part in section.parts:
        yield from part_blocks(part, level + 1, (verdicts or {}).get(part.heading, ()))
