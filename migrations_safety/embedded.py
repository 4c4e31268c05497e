"""The statements of a DO block as statements of their own, each with its line in the file."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from migrations_safety.script.bodies import body_of
from migrations_safety.script.model import Statement
from probes.sql.parse import Parsed
from probes.sql.tree.routines import DoBlock


def embedded_statements(statement: Statement, outcome: Parsed) -> Iterator[tuple[Statement, bool]]:
    """The statements that are written out in a DO block, and whether each stands in a branch."""
    body = body_of(outcome, statement.sql)
    if body is None:
        return
    first_line = statement.line + _lines_before_body(statement, outcome)
    for one in body.statements:
        text = one.sql.encode("utf-8", "replace")
        yield (
            msgspec.structs.replace(
                statement,
                line=first_line + one.line - 1,
                column=1,
                start=0,
                end=len(text),
                text=text,
                outcome=one.outcome,
            ),
            one.is_conditional,
        )


def _lines_before_body(statement: Statement, outcome: Parsed) -> int:
    """How many lines of the statement come before its body."""
    if not isinstance(outcome.tree, DoBlock):
        return 0
    sources = [option.value for option in outcome.tree.args if option.name == "as"]
    source = sources[0] if sources and isinstance(sources[0], str) else ""
    sql = statement.sql
    return sql.count("\n", 0, max(0, sql.find(source)))
