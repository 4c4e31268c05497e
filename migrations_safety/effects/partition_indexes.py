"""An index that is there, as the plan of another like it."""

from __future__ import annotations

from migrations_safety.effects.indexing import IndexPlan
from migrations_safety.effects.run import Run
from probes.catalog.expression import Expression, text_of
from probes.catalog.rows import PgClass, PgConstraint, PgIndex
from probes.render.lists import split_list
from probes.sql.parse import ParseFailure, parse_statement
from probes.sql.tree.atoms import NOTHING, Source
from probes.sql.tree.parts import IndexElem
from probes.sql.tree.tables import CreateIndex


def plan_like(run: Run, index: PgIndex, table: PgClass, *, keep_constraint: bool = True) -> IndexPlan:
    """The plan of an index equal to one that is there, for another table with columns of the same names."""
    names = {column.number: column.name for column in run.columns(table.oid)}
    expressions = iter(_sources(index.expressions))
    elements = tuple(
        IndexElem(name=names.get(number)) if number else IndexElem(expression=next(expressions, NOTHING))
        for number in index.columns[: index.key_count]
    )
    kind = next(
        (row.kind for row in run.world.where(PgConstraint, "index", index.oid) if row.kind in {"p", "u", "x"}), ""
    )
    return IndexPlan(
        elements=elements,
        including=tuple(names.get(number, "") for number in index.columns[index.key_count :]),
        label={"p": "pkey", "u": "key", "x": "excl"}.get(kind, "idx") if keep_constraint else "idx",
        method=index.method,
        unique=index.unique,
        primary=index.primary,
        exclusion=index.exclusion,
        deferrable=not index.immediate,
        nulls_not_distinct=index.nulls_not_distinct,
        predicate=_predicate(index.predicate),
        options=index.options,
        like=index,
    )


def _sources(expression: Expression | None) -> list[Source]:
    """The expressions of an index, each as the parser's JSON."""
    text = text_of(expression)
    if text is None:
        return []
    found = parse_statement(f"create index on t ({', '.join(f'({part})' for part in split_list(text))})")
    if isinstance(found, ParseFailure) or not isinstance(found.tree, CreateIndex):
        return []
    return [element.expression for element in found.tree.elements if element.expression]


def _predicate(expression: Expression | None) -> Source:
    text = text_of(expression)
    if text is None:
        return NOTHING
    found = parse_statement(f"create index on t (a) where {text}")
    if isinstance(found, ParseFailure) or not isinstance(found.tree, CreateIndex):
        return NOTHING
    return found.tree.predicate
