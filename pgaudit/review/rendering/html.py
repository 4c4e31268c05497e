"""A review as one HTML page that needs no network and runs no script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pgaudit.reports.escaping import printable
from pgaudit.reports.words import evidence_pairs
from pgaudit.review.documents.envelope import Review
from pgaudit.review.documents.parts import Cell, Row
from pgaudit.review.evidence.records import Pack, Record
from pgaudit.review.layout.blocks import Block, Bullets, Code, Grid, Heading, Line, Paragraph
from pgaudit.review.layout.page import Page, page_of
from pgaudit.review.rendering.code import code_as_shown
from pgaudit.review.rendering.references import IN_BACKTICKS, References, told

_PACKAGE = "pgaudit.review.rendering"
_LEVELS = frozenset({"CRITICAL", "HIGH", "MEDIUM", "LOW", "NONE"})
_FACT_CHARACTERS = 300
_WIDE_CHARACTERS = 60
"""Cells of so much text do not shrink to a column of single words."""


def render_html(review: Review) -> str:
    """The whole page. Style is inline and allowed by its hash alone: nothing a database holds can run."""
    return page_as_html(page_of(review), review.evidence)


def page_as_html(page: Page, evidence: Pack) -> str:
    """A page and the records that it cites."""
    references = References(evidence, page.blocks)
    style = _text("pgaudit.reports.html", "style.css") + _text(_PACKAGE, "review.css")
    environment = Environment(
        loader=PackageLoader(_PACKAGE, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        page=page,
        generator=f"{evidence.tool.name} {evidence.tool.version}",
        style=Markup(style),  # noqa: S704 - files of this package
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        contents=list(_contents(page.blocks)),
        body=Markup("\n").join(_body(page.blocks, references)),
        records=[(number, record, told(record), _facts(record)) for number, record in references.records],
        printable=printable,
    )


_FEW = 3
"""So few sections are listed with their parts."""


def _listed(blocks: tuple[Block, ...]) -> list[Heading]:
    """The headings that the contents list: of sections, and of their parts where there are few sections."""
    headings = [one for one in blocks if isinstance(one, Heading)]
    sections = [one for one in headings if one.level == 2]  # noqa: PLR2004 - sections
    return sections if len(sections) > _FEW else [one for one in headings if one.level <= 3]  # noqa: PLR2004 - and parts


def _contents(blocks: tuple[Block, ...]) -> Iterator[tuple[str, str]]:
    for one in _listed(blocks):
        yield _anchor(one.text), one.text


def _arrows(text: str) -> str:
    return text.replace(" -> ", " → ")


def _text(package: str, name: str) -> str:
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")


def _facts(record: Record) -> str:
    told = ", ".join(f"{label} {value}" for label, value in evidence_pairs(record.facts))
    return told if len(told) <= _FACT_CHARACTERS else f"{told[: _FACT_CHARACTERS - 1]}…"


def _anchor(text: str) -> str:
    return "s-" + re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _body(blocks: tuple[Block, ...], references: References) -> Iterator[Markup]:
    listed = frozenset(_listed(blocks))
    for one in blocks:
        match one:
            case Heading(level=level, text=text):
                identity = Markup(' id="{}"').format(_anchor(text)) if one in listed else Markup("")
                yield Markup("<h{}{}>{}</h{}>").format(level, identity, printable(text), level)
            case Paragraph(lines=lines):
                yield Markup("<p>{}</p>").format(Markup(" ").join(_inline(line, references) for line in lines))
            case Bullets(lines=lines, is_ordered=is_ordered):
                yield _list(lines, references, is_ordered=is_ordered)
            case Grid():
                yield _table(one, references)
            case Code(cites=cites):
                mark = _mark(cites, references)
                yield Markup("<pre>{}</pre>{}").format(
                    code_as_shown(one), Markup("<p>{}</p>").format(mark) if mark else ""
                )


def _list(lines: tuple[Line, ...], references: References, *, is_ordered: bool) -> Markup:
    tag = "ol" if is_ordered else "ul"
    boxes = Markup(' class="boxes"') if any(line.box is not None for line in lines) else Markup("")
    items = Markup("").join(
        Markup("<li>{}{}</li>").format(
            _inline(line, references), _list(line.children, references, is_ordered=False) if line.children else ""
        )
        for line in lines
    )
    return Markup("<{}{}>{}</{}>").format(Markup(tag), boxes, items, Markup(tag))  # noqa: S704 - one of two words


def _inline(line: Line, references: References) -> Markup:
    parts: list[Markup] = []
    if line.box is not None:
        parts.append(escape("☑" if line.box else "☐"))
    if line.label:
        colon = ":" if line.text or line.children else ""
        parts.append(Markup("<strong>{}</strong>{}{}").format(printable(line.label), _badge(line.badge), colon))
    elif line.badge:
        parts.append(_badge(line.badge))
    if line.text:
        template = Markup('<span class="unassessed">{}</span>') if line.is_unassessed else Markup("{}")
        parts.append(template.format(_prose(line.text)))
    if line.is_inferred:
        parts.append(Markup('<span class="inferred">(inferred)</span>'))
    if mark := _mark(line.cites, references):
        parts.append(mark)
    return Markup(" ").join(parts)


def _prose(text: str) -> Markup:
    """Text, what stands in backticks set as code."""
    parts = IN_BACKTICKS.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(printable(one)) if number % 2 else escape(printable(_arrows(one)))
        for number, one in enumerate(parts)
    )


def _badge(word: str) -> Markup:
    if not word:
        return Markup("")
    kind = word.lower() if word in _LEVELS else "other"
    return Markup(' <span class="level {}">{}</span>').format(kind, word)


def _mark(cites: tuple[str, ...], references: References) -> Markup:
    runs, more = references.shown(cites)
    links = [
        Markup('<a href="#e{}">E{}</a>').format(first, first)
        if first == last
        else Markup('<a href="#e{}">E{}-E{}</a>').format(first, first, last)
        for first, last in runs
    ]
    tail = f" and {more} more" if more else ""
    return Markup('<span class="cite">[{}{}]</span>').format(Markup(", ").join(links), tail) if links else Markup("")


def _table(grid: Grid, references: References) -> Markup:
    table = grid.table
    cited = any(row.cites for row in table.rows)
    head = Markup("").join(Markup("<th>{}</th>").format(name) for name in table.columns)
    last = Markup("<th>Evidence</th>") if cited else Markup("")
    rows = Markup("").join(_row(row, table.columns, references, cited=cited) for row in table.rows)
    return Markup('<div class="scroll"><table><thead><tr>{}{}</tr></thead><tbody>{}</tbody></table></div>').format(
        head, last, rows
    )


def _row(row: Row, columns: tuple[str, ...], references: References, *, cited: bool) -> Markup:
    cells = [_cell(cell, label) for cell, label in zip(row.cells, columns, strict=False)]
    if cited:
        cells.append(Markup('<td data-label="Evidence">{}</td>').format(_mark(row.cites, references)))
    return Markup("<tr>{}</tr>").format(Markup("").join(cells))


def _cell(cell: Cell, label: str) -> Markup:
    """A cell that knows the head of its column: a narrow screen shows the cells of a row below each other."""
    wide = Markup(' class="wide"') if len(cell.text) >= _WIDE_CHARACTERS else ""
    inner = Markup("<code>{}</code>") if cell.is_code else Markup("{}")
    return Markup('<td{} data-label="{}">{}</td>').format(wide, label, inner.format(printable(cell.text)))
