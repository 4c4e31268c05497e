"""Data statements in migrations: which fill columns that the script itself made, and which reach a few rows only."""

from __future__ import annotations

from collections.abc import Iterator

from migrations_safety.effects.run import Rel
from migrations_safety.timeline import Step
from probes.catalog.rows import PgAttribute
from probes.sql.expressions import model as m
from probes.sql.expressions.build import from_source
from probes.sql.tree.atoms import Source
from probes.sql.tree.data import Delete, Update


def fills_new_columns(step: Step) -> bool:
    """Whether an UPDATE only sets columns that the script added: nothing that was there before is lost."""
    tree = step.tree
    if not isinstance(tree, Update):
        return False
    relation = step.look.relation(tree.relation)
    names = [target.name for target in tree.targets]
    return relation is not None and bool(names) and all(name and _is_new(step, relation, name) for name in names)


def _is_new(step: Step, relation: Rel, name: str) -> bool:
    if step.look.column(relation, name) is None:
        return False
    catalog = step.look.catalog
    if catalog is None:
        return True  # of tables that are only assumed no columns are known but those that were added
    return not any(row.name == name for row in catalog.grouped(PgAttribute, "relation").get(relation.oid, ()))


def conditions(where: Source) -> Iterator[m.Expression]:
    """The parts of a WHERE that must all hold; none where there is no WHERE."""
    if where:
        waiting = [from_source(where)]
        while waiting:
            one = waiting.pop()
            if isinstance(one, m.And):
                waiting += one.args
            else:
                yield one


def is_join_or_null_test(condition: m.Expression) -> bool:
    """Whether the condition cuts nothing off a table: it joins another one, or looks for what is missing."""
    match condition:
        case m.NullTest(is_null=True):
            return True
        case m.Operator(name="=", left=left, right=right) if left is not None:
            return not any(_is_constant(side) or isinstance(side, m.Subquery) for side in (left, right))
        case _:
            return False


def tests_null(where: Source, columns: set[str | None]) -> bool:
    """Whether one of these columns has to be null: the habit of statements that fill what is missing."""
    return any(
        isinstance(one, m.NullTest) and one.is_null and isinstance(one.arg, m.Column) and one.arg.parts[-1] in columns
        for one in conditions(where)
    )


def finds_one_row(step: Step) -> bool:
    """Whether an UPDATE or DELETE names its row by constants for all columns of a unique index, or for `id`."""
    tree = step.tree
    if not isinstance(tree, Update | Delete):
        return False
    fixed = {name for one in conditions(tree.where) if (name := _fixed_column(one))}
    relation = step.look.relation(tree.relation)
    if relation is None or not step.has_catalog:
        return "id" in fixed
    return any(
        index.unique and set(step.look.column_names(relation, index.columns[: index.key_count])) <= fixed
        for index in step.look.indexes(relation)
        if index.predicate is None and 0 not in index.columns[: index.key_count]
    )


def _fixed_column(condition: m.Expression) -> str | None:
    match condition:
        case m.Operator(name="=", left=m.Column(parts=parts), right=right) if _is_constant(right):
            return parts[-1]
        case _:
            return None


def _is_constant(expression: m.Expression) -> bool:
    match expression:
        case m.Constant() | m.Number() | m.Parameter():
            return True
        case m.Cast(arg=arg):
            return _is_constant(arg)
        case _:
            return False
