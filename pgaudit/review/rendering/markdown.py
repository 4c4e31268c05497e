"""A review as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pgaudit.reports.escaping import printable
from pgaudit.reports.markdown import block, code, prose
from pgaudit.review.documents.envelope import Review
from pgaudit.review.evidence.records import Pack
from pgaudit.review.layout.blocks import Block, Bullets, Code, Grid, Heading, Line, Paragraph
from pgaudit.review.layout.page import Page, page_of
from pgaudit.review.rendering.code import code_as_shown
from pgaudit.review.rendering.references import IN_BACKTICKS, References, told

_NEEDLESS = re.compile(r"(?<=\w)\\(?=_\w)|\\(?=#)")
"""Escapes that CommonMark does not need: of underscores within words, of number signs within lines."""


def render_markdown(review: Review) -> str:
    """The whole review, ending in a newline."""
    return page_as_markdown(page_of(review), review.evidence)


def page_as_markdown(page: Page, evidence: Pack) -> str:
    """A page and the records that it cites, ending in a newline."""
    references = References(evidence, page.blocks)
    lines = [*_head(page), *_body(page.blocks, references), *_appendix(page, references)]
    text = "\n".join(lines)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def plain_text(text: str) -> str:
    """Text that Markdown shows as it is, readable in the source as well; what stands in backticks as code."""
    parts = IN_BACKTICKS.split(text)
    return "".join(code(printable(one)) if number % 2 else _outside(one) for number, one in enumerate(parts))


def _outside(text: str) -> str:
    shown = _NEEDLESS.sub("", prose(printable(text)).replace("-&gt;", "→"))
    if text.count("~") == 1:  # it strikes nothing out without another one
        shown = shown.replace("\\~", "~")
    return _HARMLESS.sub(_unescaped, shown)


_HARMLESS = re.compile(r"&(amp|lt|gt);(?= )")
"""Signs with a blank behind them begin neither an entity nor a tag."""


def _unescaped(found: re.Match[str]) -> str:
    return {"amp": "&", "lt": "<", "gt": ">"}[found[1]]


def _head(page: Page) -> Iterator[str]:
    yield f"# {plain_text(page.title)}"
    yield ""
    for fact in page.facts:
        yield f"- {plain_text(fact)}"
    yield ""
    for remark in page.remarks:
        yield f"> {plain_text(remark)}"
        yield ""


def _body(blocks: tuple[Block, ...], references: References) -> Iterator[str]:
    for one in blocks:
        match one:
            case Heading(level=level, text=text):
                yield f"{'#' * level} {plain_text(text)}"
            case Paragraph(lines=lines):
                yield " ".join(_inline(line, references) for line in lines).strip()
            case Bullets(lines=lines, is_ordered=is_ordered):
                yield from _list(lines, references, is_ordered=is_ordered)
            case Grid():
                yield from _table(one, references)
            case Code(language=language, cites=cites):
                yield block(code_as_shown(one), language)
                if mark := references.mark(cites):
                    yield ""
                    yield f"Evidence: {mark}"
        yield ""


def _list(lines: tuple[Line, ...], references: References, *, is_ordered: bool, indent: str = "") -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        lead = f"{number}." if is_ordered else "-"
        yield f"{indent}{lead} {_inline(line, references)}".rstrip()
        yield from _list(line.children, references, is_ordered=False, indent=f"{indent}{' ' * (len(lead) + 1)}")


def _inline(line: Line, references: References) -> str:
    parts: list[str] = []
    if line.box is not None:
        parts.append("[x]" if line.box else "[ ]")
    if line.mark:
        parts.append(f"({line.mark})")
    is_graded = bool(line.badge and line.badge_label)
    colon = ":" if line.text or line.children or line.badge else ""
    if line.label:
        parts.append(f"**{plain_text(line.label)}**{colon}")
    if line.badge and not is_graded:
        parts.append(f"{line.badge} -" if line.text else line.badge)
    if line.text:
        parts.append(plain_text(line.text.removesuffix(".") if is_graded else line.text))
    if is_graded:
        parts.append(f"- **{plain_text(line.badge_label)}**: {line.badge}")
    if line.is_inferred:
        parts.append("*(inferred)*")
    if mark := references.mark(line.cites):
        parts.append(mark)
    return " ".join(parts)


def _table(grid: Grid, references: References) -> Iterator[str]:
    table = grid.table
    cited = any(row.cites for row in table.rows)
    columns = [*table.columns, *(["Evidence"] if cited else [])]
    yield f"| {' | '.join(map(plain_text, columns))} |"
    yield f"|{' --- |' * len(columns)}"
    for row in table.rows:
        cells = [_cell(cell.text, is_code=cell.is_code) for cell in row.cells]
        if cited:
            cells.append(references.mark(row.cites).strip("[]"))
        yield f"| {' | '.join(cells)} |"


def _cell(text: str, *, is_code: bool) -> str:
    one_line = " ".join(text.split())
    return code(printable(one_line)) if is_code else plain_text(one_line)


def _appendix(page: Page, references: References) -> Iterator[str]:
    yield "## Evidence"
    yield ""
    yield plain_text(page.evidence_note)
    yield ""
    yield "| | What was seen | Record |"
    yield "| --- | --- | --- |"
    for number, record in references.records:
        yield f"| E{number} | {plain_text(' '.join(told(record).split()))} | {code(printable(record.id))} |"
