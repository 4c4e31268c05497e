"""The report as Markdown that fits one pull-request comment; one comment is kept up to date by its marker."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pgaudit.reports.escaping import shortened, sql_lines
from pgaudit.reports.interface import Published, View
from pgaudit.reports.page import Group, Item, Kind, Page, counts, groups
from pgaudit.reports.paging import page_of
from pgaudit.reports.words import arithmetic, counted, summary
from probes.finding import Severity

LIMIT_CHARACTERS = 65_000
"""GitHub refuses comments above 65,536."""
_SHOWN_OF_A_KIND = 10
_LONG_EVIDENCE_CHARACTERS = 160
_FRAME_CHARACTERS = 2_000
_SPECIAL = re.compile(r"([\\`*_\[\]#|~$])")


def render(report: Published, view: View) -> str:
    """The report; with fewer details, and at last counts alone, where it would not fit a comment."""
    page = page_of(report)
    shown = groups(page.shown(view.min_severity))
    for worst in (None, _SHOWN_OF_A_KIND, 3, 1) if view.show_all else (_SHOWN_OF_A_KIND, 3, 1):
        text = "\n".join(_lines(page, shown, worst)) + "\n"
        if len(text) <= LIMIT_CHARACTERS:
            return text
    return _counts_alone(page, shown)


def marker(page: Page) -> str:
    """The hidden line by which the comment is found again and edited in place."""
    name = re.sub(r"[^\w./@: -]", "", page.name, flags=re.ASCII).replace("--", "-")
    return f"<!-- pgaudit:{page.kind.value}:{name} -->"


def prose(text: str) -> str:
    """Text that Markdown shows as it is: no markup, no link, nobody mentioned."""
    escaped = _SPECIAL.sub(r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
    return escaped.replace("@", "@\u200b").replace("://", ":\u200b//").replace("www.", "www\u200b.")


def code(text: str) -> str:
    """Text as inline code, whatever backticks it holds; fit for a cell of a table."""
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if "`" in text else ""
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|")


def block(text: str, language: str) -> str:
    """Text as a block of code, whatever backticks it holds."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _lines(page: Page, shown: tuple[Group, ...], worst: int | None) -> Iterator[str]:
    yield from _head(page)
    yield from _counts_table(shown)
    for group in shown:
        yield from _group(group, worst)
    yield from _tail(page)


def _head(page: Page) -> Iterator[str]:
    yield marker(page)
    yield f"## pgaudit {page.kind.value}: {prose(page.name)}"
    yield ""
    yield f"**{prose(summary(page))}**"
    yield ""
    yield prose(", ".join([page.heading, *page.facts]))
    for line in (*page.alerts, *page.notes):
        yield ""
        yield f"> {prose(line)}"


def _counts_table(shown: tuple[Group, ...]) -> Iterator[str]:
    if not shown:
        return
    kinds = [severity for severity in Severity if any(counts(group.items)[severity] for group in shown)]
    yield ""
    yield f"| check | {' | '.join(severity.value for severity in kinds)} |"
    yield f"| --- |{' ---: |' * len(kinds)}"
    for group in shown:
        found = counts(group.items)
        yield f"| {code(group.rule)} | {' | '.join(str(found[severity] or '') for severity in kinds)} |"


def _group(group: Group, worst: int | None) -> Iterator[str]:
    count = f" ({len(group.items):,})" if len(group.items) > 1 else ""
    title = f" {prose(group.title)}" if group.title != group.rule else ""
    yield ""
    yield f"### {group.severity.value}: {code(group.rule)}{title}{count}"
    for item in group.items[:worst]:
        yield ""
        yield from _item(item)
    if worst is not None and len(group.items) > worst:
        yield ""
        yield f"… and {len(group.items) - worst:,} more of this kind."


def _item(item: Item) -> Iterator[str]:
    unsure = "" if item.confidence.value == "high" else f" ({item.confidence.value} confidence)"
    state = f" **{item.state.value}**" if item.state and item.state.value != "unchanged" else ""
    introduced = " (introduced by the migration)" if item.introduced else ""
    yield f"- {code(item.subject)}: {prose(item.message)}{unsure}{state}{introduced}"
    details = list(_details(item))
    if details:
        yield ""
        yield f"  <details><summary>{_offered(item)}</summary>"
        for part in details:
            yield ""
            yield "\n".join(f"  {line}".rstrip() for line in part.split("\n"))
        yield ""
        yield "  </details>"


def _offered(item: Item) -> str:
    return item.sql_label if item.sql else "what it does" if item.frame else "evidence"


def _details(item: Item) -> Iterator[str]:
    if item.frame:
        yield "The migration says"
        yield block("\n".join(sql_lines(shortened(item.frame.sql, _FRAME_CHARACTERS))), "sql")
        yield "\n".join(f"- {prose(effect)}" for effect in (*item.frame.effects, *item.frame.told))
    if item.evidence:
        yield prose(
            ", ".join(f"{label} {shortened(value, _LONG_EVIDENCE_CHARACTERS)}" for label, value in item.evidence)
        )
    if item.sql:
        if item.frame:
            yield f"Its {item.sql_label}"
        yield block("\n".join(line for statement in item.sql for line in sql_lines(statement)), "sql")
    if item.note or item.advice:
        yield prose(item.note or item.advice or "")


def _tail(page: Page) -> Iterator[str]:
    if page.resolved:
        yield ""
        yield f"### resolved by the migration ({len(page.resolved):,})"
        yield ""
        for item in page.resolved[:_SHOWN_OF_A_KIND]:
            yield f"- {code(item.rule)} {code(item.subject)}"
    if page.absent:
        yield ""
        yield f"### since the run of {prose(page.since or '')}"
        yield ""
        for absent in page.absent[:_SHOWN_OF_A_KIND]:
            reason = f" ({prose(absent.reason)})" if absent.reason else ""
            yield f"- {absent.word}: {code(absent.rule)} {code(absent.subject)}{reason}"
        if len(page.absent) > _SHOWN_OF_A_KIND:
            yield f"- … and {len(page.absent) - _SHOWN_OF_A_KIND:,} more"
    if page.unchecked or page.broken:
        yield ""
        yield "### not checked"
        yield ""
    for one in page.unchecked:
        yield f"- {prose(one.reason)}: {prose(', '.join(one.checks))}"
    for failure in page.broken:
        yield f"- broke: {prose(failure)}"
    if page.score and page.kind is Kind.SCAN:
        yield ""
        yield f"Score: {prose(arithmetic(page.score))}"


def _counts_alone(page: Page, shown: tuple[Group, ...]) -> str:
    total = sum(len(group.items) for group in shown)
    said = f"{counted(total, 'finding')} would not fit a comment: counts only. The other formats have them all."
    text = "\n".join([*_head(page), "", f"> {said}", *_counts_table(shown)])
    lines = text.split("\n")
    while len("\n".join(lines)) > LIMIT_CHARACTERS - 100:
        lines = lines[: len(lines) * 9 // 10]
    cut = [] if len(lines) == len(text.split("\n")) else ["", "The table was cut to fit."]
    return "\n".join([*lines, *cut]) + "\n"
