"""Statements of templates: rewritten under made-up names, which the placeholders take the place of again."""

from __future__ import annotations

import re

import msgspec

from migrations_safety.rewrites.model import Rewrite
from migrations_safety.script.model import Statement
from migrations_safety.script.templates import names_of_placeholders, with_short_names
from probes.sql.parse import Parsed, parse_statement


def has_only_names(statement: Statement) -> bool:
    """Whether every placeholder of the statement stands for one whole name."""
    names = names_of_placeholders(statement.sql.encode())
    return names is not None and isinstance(parse_statement(sql_with_names(statement)), Parsed)


def sql_with_names(statement: Statement) -> str:
    """The statement with a made-up name in place of each placeholder."""
    return with_short_names(statement.sql.encode()).decode()


def with_placeholders(rewrite: Rewrite, statement: Statement) -> Rewrite | None:
    """The rewrite of such a statement with its placeholders; None where they cannot be put back."""
    if not statement.is_templated:
        return rewrite
    names = names_of_placeholders(statement.sql.encode()) or {}
    back = {name.decode(): written.decode() for name, written in names.items()}
    if not back:  # the body of a DO block holds the made-up names already
        return None
    pattern = re.compile(rf'(?<![\w$])("?)({"|".join(map(re.escape, back))})\1(?![\w$])')

    def restored(sql: str) -> str:
        return pattern.sub(lambda found: back[found[2]], sql)

    steps = tuple(msgspec.structs.replace(step, sql=restored(step.sql)) for step in rewrite.steps)
    rollback = tuple(map(restored, rewrite.rollback))
    if any(name in sql for name in back for sql in (*rollback, *(step.sql for step in steps))):
        return None
    return msgspec.structs.replace(rewrite, steps=steps, rollback=rollback)
