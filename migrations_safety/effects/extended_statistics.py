"""CREATE and ALTER STATISTICS."""

from __future__ import annotations

from migrations_safety.effects.model import Role
from migrations_safety.effects.naming import columns_addition, make_object_name
from migrations_safety.effects.resolution import has_column
from migrations_safety.effects.run import SUE, Rel, Run
from probes.catalog.rows import PgStatisticExt
from probes.sql.queries import reach_in
from probes.sql.tree.tables import AlterStatistics, CreateStatistics

_FEWEST_COLUMNS = 2
_NOT_OPENED = frozenset("iIc")
"""Relations that cannot be opened as a table."""


def create_statistics(run: Run, statement: CreateStatistics) -> None:
    """Work out CREATE STATISTICS."""
    relation = run.relation(statement.relations[0]) if statement.relations else None
    if relation is None:
        return
    run.lock(relation, SUE, Role.TARGET)
    if relation.kind not in _NOT_OPENED:
        _check_expressions(run, relation, statement)
    if relation.kind not in {"r", "p", "m", "f"} and not run.is_assumed(relation):
        run.refuse("42809", f"cannot define statistics for relation {relation.name}")
    names = [element.name or "expr" for element in statement.elements]
    numbers: list[int] = []
    for element in statement.elements:
        column = run.column(relation.oid, element.name) if element.name else None
        if element.name and column is None and run.knows_columns(relation):
            run.refuse("42703", f"column {element.name} does not exist")
        if column is not None:
            numbers.append(column.number)
    name = statement.name[-1] if statement.name else make_object_name(relation.name, columns_addition(names), "stat")
    if any(row.namespace == relation.namespace for row in run.world.where(PgStatisticExt, "name", name)):
        if statement.if_not_exists:
            return
        run.refuse("42710", f"statistics object {name} exists")
    if len(statement.elements) < _FEWEST_COLUMNS and numbers:
        run.refuse("42P17", "extended statistics require at least 2 columns")
    run.world.put(
        PgStatisticExt(
            oid=run.world.fresh_oid(),
            name=name,
            namespace=relation.namespace,
            owner=run.world.base.server.role_oid,
            relation=relation.oid,
            kinds=_kinds(statement),
            columns=tuple(sorted(numbers)),
            has_expressions=any(not element.name for element in statement.elements),
        )
    )


def _kinds(statement: CreateStatistics) -> tuple[str, ...]:
    has_expressions = any(not element.name for element in statement.elements)
    if has_expressions and len(statement.elements) == 1:
        return ("e",)
    named = {"ndistinct": "d", "dependencies": "f", "mcv": "m"}
    chosen = tuple(named[kind] for kind in statement.kinds if kind in named) or ("d", "f", "m")
    return (*chosen, "e") if has_expressions else chosen


def alter_statistics(run: Run, statement: AlterStatistics) -> None:
    """Work out ALTER STATISTICS SET STATISTICS."""
    known = run.world.where(PgStatisticExt, "name", statement.name[-1])
    if not known and run.world.is_complete and not statement.missing_ok:
        run.refuse("42704", f"statistics object {statement.name[-1]} does not exist")


def _check_expressions(run: Run, relation: Rel, statement: CreateStatistics) -> None:
    """Expressions are looked at before the kind of the relation is."""
    for element in statement.elements:
        for parts in reach_in(element.expression).columns if not element.name else ():
            if not run.is_assumed(relation) and not has_column(run, relation, parts[-1]):
                run.refuse("42703", f"column {parts[-1]} does not exist")
