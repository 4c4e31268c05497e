"""The CHECK that DETACH PARTITION ... CONCURRENTLY leaves on the partition in place of its bound."""

from __future__ import annotations

import msgspec

from migrations_safety.effects.bounds import is_proved, partition_constraint, stored_bound
from migrations_safety.effects.constraining import constraint_row
from migrations_safety.effects.model import Role
from migrations_safety.effects.naming import constraint_name
from migrations_safety.effects.run import AS, Run
from migrations_safety.effects.written import written_expression
from probes.catalog.expression import Unread
from probes.catalog.rows import PgClass
from probes.sql.expressions import model as m

_NOT_UNDERSTOOD = Unread("the bound is of a form that is not understood")


def keep_bound_as_check(run: Run, relation: PgClass, child: PgClass) -> None:
    """Give the partition the CHECK, unless its constraints prove the bound already; not by hash."""
    cut = run.world.partitioning(relation.oid)
    if cut is not None and cut.strategy == "h":
        return
    for above in run.ancestors(relation.oid):  # whose bounds hold for the partition too
        run.lock(above, AS, Role.PARENT)
    wanted = _constraint(run, relation, child)
    if wanted is not None and is_proved(run, child, wanted):
        return
    columns = _columns(run, relation)
    numbers = tuple(column.number for column in run.columns(child.oid) if column.name in columns)
    name = constraint_name(run, child.name, columns[0] if len(columns) == 1 else "", "check", child.namespace)
    expression = _NOT_UNDERSTOOD if wanted is None else written_expression(wanted)
    row = constraint_row(run, child, name, "c", columns=numbers, expression=expression)
    run.world.put(row)
    for below in run.descendants(child.oid):
        inherited = {"relation": below.oid, "inherited_count": 1, "is_local": False}
        run.world.put(msgspec.structs.replace(row, oid=run.world.fresh_oid(), **inherited))


def _constraint(run: Run, relation: PgClass, child: PgClass) -> m.Expression | None:
    """The bound as a condition, behind those of the partitioned tables above; None where one is not understood."""
    bound = stored_bound(child)
    own = None if bound is None else partition_constraint(run, relation, bound)
    above = run.parents(relation.oid)
    if own is None or not relation.is_partition or not above:
        return own
    outer = _constraint(run, above[0], relation) if isinstance(above[0], PgClass) else None
    return None if outer is None else m.And((*_parts(outer), *_parts(own)))


def _parts(expression: m.Expression) -> tuple[m.Expression, ...]:
    return expression.args if isinstance(expression, m.And) else (expression,)


def _columns(run: Run, relation: PgClass) -> list[str]:
    """Names of the columns that the bounds are about, those of the tables above included."""
    found: list[str] = []
    for table in (relation, *run.ancestors(relation.oid)):
        cut = run.world.partitioning(table.oid)
        found += run.column_names(table.oid, cut.columns) if cut is not None else []
    return list(dict.fromkeys(found))
