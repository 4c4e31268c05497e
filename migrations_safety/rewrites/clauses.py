"""The text of a statement cut at its own seams, so that a rewrite keeps what was written."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from migrations_safety.effects.predict import apply
from migrations_safety.rewrites.templated import has_only_names, sql_with_names
from probes.catalog.names import quoted
from probes.catalog.rows import PgConstraint, PgIndex

if TYPE_CHECKING:
    from migrations_safety.timeline import Step
    from probes.sql.tree.atoms import RangeVar

_OPENING = frozenset({"ASCII_40", "ASCII_91"})
_CLOSING = frozenset({"ASCII_41", "ASCII_93"})
_COMMA, _DOT, _STAR = "ASCII_44", "ASCII_46", "ASCII_42"
_COMMENTS = frozenset({"SQL_COMMENT", "C_COMMENT"})
_BEFORE_NAME = frozenset({"ALTER", "TABLE", "IF_P", "EXISTS", "ONLY", "FOREIGN", "MATERIALIZED", "VIEW", "INDEX"})


def name_of(relation: RangeVar) -> str:
    """The relation as SQL."""
    return f"{quoted(relation.schema)}.{quoted(relation.name)}" if relation.schema else quoted(relation.name)


@lru_cache(maxsize=64)
def clauses(sql: str) -> tuple[str, ...]:
    """The subcommands of an ALTER TABLE as written, in order, without comments around them."""
    from pglast.parser import scan  # noqa: PLC0415 - only rewrites need tokens

    tokens = [token for token in scan(sql) if token.name not in _COMMENTS]
    position = 0
    while position < len(tokens) and tokens[position].name in _BEFORE_NAME:
        position += 1
    position += 1
    while position + 1 < len(tokens) and tokens[position].name == _DOT:
        position += 2
    if position < len(tokens) and tokens[position].name == _STAR:
        position += 1
    found: list[str] = []
    depth, start = 0, position
    for index in range(position, len(tokens) + 1):
        is_end = index == len(tokens)
        name = "" if is_end else tokens[index].name
        depth += (name in _OPENING) - (name in _CLOSING)
        if is_end or (name == _COMMA and not depth):
            if index > start:
                found.append(sql[tokens[start].start : tokens[index - 1].end + 1])
            start = index + 1
    return tuple(found)


def made_constraints(step: Step) -> list[PgConstraint]:
    """The constraints that the statement makes on tables, in order; copies in partitions are left out."""
    world = step.look.run.world
    mark, fresh = world.mark(), world.fresh_mark()
    try:
        if step.tree is not None:
            apply(world, step.tree)
        made = [
            row for row in world.changed_since(PgConstraint, mark) if fresh > row.oid and not world.is_assumed(row.oid)
        ]
        return sorted((row for row in made if row.parent == 0), key=lambda row: -row.oid)
    finally:
        world.undo(mark)


def made_indexes(step: Step) -> list[PgIndex]:
    """The indexes that the statement makes, in order."""
    world = step.look.run.world
    mark, fresh = world.mark(), world.fresh_mark()
    try:
        if step.tree is not None:
            apply(world, step.tree)
        made = [row for row in world.changed_since(PgIndex, mark) if fresh > row.oid and not world.is_assumed(row.oid)]
        return sorted(made, key=lambda row: -row.oid)
    finally:
        world.undo(mark)


def can_be_cut(step: Step) -> bool:
    """Whether the text stands for the tree: not shortened, and every placeholder is one name."""
    statement = step.statement
    if statement.is_abridged:
        return False
    return not statement.is_templated or has_only_names(statement)


def sql_of(step: Step) -> str:
    """The statement as written, with made-up names in place of placeholders."""
    return step.statement.sql if not step.statement.is_templated else sql_with_names(step.statement)
