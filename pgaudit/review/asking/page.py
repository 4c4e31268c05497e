"""The page of an answer, and its forms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pgaudit.errors import BadConfiguration
from pgaudit.reports.escaping import json_safe
from pgaudit.reports.words import counted
from pgaudit.review.asking.answer import Answer, Answered, to_json
from pgaudit.review.asking.wording import Question
from pgaudit.review.backends.offline.desk import joined
from pgaudit.review.documents.parts import Claim
from pgaudit.review.layout.blocks import Block, Bullets, Grid, Heading, Line, line, plain
from pgaudit.review.layout.page import Page
from pgaudit.review.layout.parts import change_blocks, section_blocks

_TITLES = {
    Question.SCHEMA: "Schema design",
    Question.QUERY: "Query optimization",
    Question.MIGRATION: "Migration strategy",
}
_WRITTEN_BY = (
    "Written by offline rules, without a language model: every statement rests on the records in brackets, listed at "
    "the end."
)
_FORMS = {".md": "markdown", ".html": "html", ".htm": "html", ".json": "json"}


def form_of(path: Path) -> str:
    """The form that a path ends in. Raises BadConfiguration."""
    found = _FORMS.get(path.suffix)
    if found is None:
        raise BadConfiguration("--output", f"'{path}' names no form", f"end it in {', '.join(_FORMS)}")
    return found


def render(answer: Answered, form: str) -> str:
    """The answer in a form."""
    if form == "json":
        return json_safe(to_json(answer))
    page = page_of(answer)
    if form == "html":
        from pgaudit.review.rendering.html import page_as_html  # noqa: PLC0415 - templates are loaded when needed

        return page_as_html(page, answer.evidence)
    from pgaudit.review.rendering.markdown import page_as_markdown  # noqa: PLC0415

    return page_as_markdown(page, answer.evidence)


def page_of(answer: Answered) -> Page:
    """The page of an answer."""
    target, pack = answer.target, answer.evidence
    role = "standby" if target.in_recovery else "primary"
    server = f"PostgreSQL {target.server_version}, {role}"
    return Page(
        title=f"{_TITLES[answer.document.question]}: {answer.document.subject}",
        facts=(
            f"Database {target.database} on {target.name}: {server}, seen as {target.role}",
            f"Evidence of {pack.taken_at}, answer of {answer.written_at}, {answer.tool.name} {answer.tool.version}",
        ),
        remarks=(_WRITTEN_BY, *pack.warnings),
        blocks=tuple(_blocks(answer.document)),
        evidence_note=_note(answer),
    )


def _blocks(one: Answer) -> Iterator[Block]:
    yield Heading(2, "Question")
    yield plain(f"{one.asked}.")
    yield Bullets(tuple(Line(label=each.caption, children=_lines(each.claims)) for each in one.requirements))
    yield Grid(one.specifications)
    for number, section in enumerate(one.sections, start=1):
        blocks = list(section_blocks(section, 2))
        yield Heading(2, f"{number}. {section.heading}")
        yield from blocks[1:]
    if one.changes:
        yield Heading(2, "Changes")
        for change in one.changes:
            yield from change_blocks([change], 3)
            yield plain(f"{change.proof.badge.value}: {change.proof.reason}.")


def _lines(claims: tuple[Claim, ...]) -> tuple[Line, ...]:
    return tuple(line(one) for one in claims) or (Line("nothing is known"),)


def _note(answer: Answered) -> str:
    pack = answer.evidence
    by_reason: dict[str, list[str]] = {}
    for one in pack.left_out:
        by_reason.setdefault(one.reason, []).append(f"{one.count:,} {one.topic}")
    left = "; ".join(f"{joined(told)} are left out: {reason}" for reason, told in by_reason.items())
    held = f"{counted(len(pack.records), 'record')} were gathered for this question; the JSON form holds all of them."
    return f"{held} {left}." if left else held
