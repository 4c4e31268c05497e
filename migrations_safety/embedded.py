"""The statements of a DO block as statements of their own, each with its line in the file."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from migrations_safety.script.bodies import body_of
from migrations_safety.script.model import Statement, Suppression
from migrations_safety.script.suppressions import statement_suppressions
from migrations_safety.script.templates import has_placeholder
from probes.sql.parse import Parsed
from probes.sql.tree.routines import DoBlock


def embedded_statements(statement: Statement, outcome: Parsed) -> Iterator[tuple[Statement, bool]]:
    """The statements that are written out in a DO block, and whether each stands in a branch."""
    body = body_of(outcome, statement.sql)
    if body is None:
        return
    source = source_of_block(outcome)
    is_templated = statement.is_templated or has_placeholder(source.encode("utf-8", "replace"))
    first_line = statement.line + _lines_before(statement, source)
    for one in body.statements:
        text = one.sql.encode("utf-8", "replace")
        yield (
            msgspec.structs.replace(
                statement,
                line=first_line + one.line - 1,
                column=_column(source, one.line, one.sql),
                start=0,
                end=len(text),
                text=text,
                outcome=one.outcome,
                is_templated=is_templated or has_placeholder(text),  # what EXECUTE runs stands in quotes
                suppressions=statement.suppressions + _suppressions(source, one.line, first_line),
            ),
            one.is_conditional,
        )


def told_in_the_dark(statement: Statement, outcome: Parsed) -> str:
    """The whole text of a DO block that does what cannot be read: what it names may be made there, or go.

    Empty where every statement of it is written out.
    """
    body = body_of(outcome, statement.sql)
    return source_of_block(outcome) if body is not None and body.dark else ""


def source_of_block(outcome: Parsed) -> str:
    """The body as written; empty where it is none of a DO block."""
    if not isinstance(outcome.tree, DoBlock):
        return ""
    sources = [option.value for option in outcome.tree.args if option.name == "as"]
    return sources[0] if sources and isinstance(sources[0], str) else ""


def _column(source: str, line: int, sql: str) -> int:
    """Where on its line of the body a statement begins: at its first word, or else where the line's text does."""
    lines = source.split("\n")
    if not 1 < line <= len(lines):
        return 1
    text = lines[line - 1]
    at = text.lower().find(sql.split(maxsplit=1)[0].lower()) if sql.strip() else -1
    return 1 + (at if at >= 0 else len(text) - len(text.lstrip()))


def _lines_before(statement: Statement, source: str) -> int:
    """How many lines of the statement come before its body."""
    sql = statement.sql
    return sql.count("\n", 0, max(0, sql.find(source)))


def _suppressions(source: str, line: int, first_line: int) -> tuple[Suppression, ...]:
    """Those in the comments right above a line of the body."""
    lines = source.split("\n")
    start = line - 1
    while start > 0 and lines[start - 1].lstrip().startswith("--"):
        start -= 1
    data = "\n".join(lines[start : line - 1]).encode("utf-8", "replace")
    return statement_suppressions(data, 0, len(data), first_line + start) if data else ()
