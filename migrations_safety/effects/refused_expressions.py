"""Expressions that the server refuses as a default or as what a column is generated from."""

from __future__ import annotations

from migrations_safety.effects.coercion import Coercion, coercion
from migrations_safety.effects.defaults import candidates
from migrations_safety.effects.immutability import is_immutable
from migrations_safety.effects.inference import UNKNOWN, type_of
from migrations_safety.effects.run import Rel, Run
from migrations_safety.effects.types import TypeUse
from probes.catalog.rows import PgAttribute
from probes.sql.expressions import model as m
from probes.sql.expressions.inspection import columns

_BOOL = 16
_SYSTEM_COLUMNS = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax"})
_AGGREGATES = frozenset({
    "count", "sum", "avg", "min", "max", "array_agg", "string_agg", "json_agg", "jsonb_agg", "json_object_agg",
    "jsonb_object_agg", "bool_and", "bool_or", "every",
})  # fmt: skip
_SETS = frozenset({"generate_series", "unnest", "regexp_split_to_table", "jsonb_array_elements", "json_array_elements"})


def refuse_default(run: Run, relation: Rel, column: str, type_oid: int, expression: m.Expression) -> None:
    """A default is computed without a row, and must be assignable.

    Raises:
        Refused: 0A000, 42803, 42P20 or 42804.
    """
    refuse_calls(run, expression, "DEFAULT expressions")
    if any(isinstance(part, m.Column) for part in m.walk(expression)):
        run.refuse("0A000", "cannot use column reference in DEFAULT expression")
    _refuse_type(run, relation, column, type_oid, expression)


def refuse_generation(run: Run, relation: Rel, column: str, type_oid: int, expression: m.Expression) -> None:
    """A generated column is made of plain columns of its row, by what never changes.

    Raises:
        Refused: 42P17, 42703, 42P10, 0A000, 42803, 42P20 or 42804.
    """
    refuse_calls(run, expression, "column generation expressions")
    siblings = {row.name: row for row in run.columns(relation.oid)}
    for part in m.walk(expression):
        if isinstance(part, m.Column):
            _refuse_reference(run, relation, column, siblings, part.parts[-1])
    if not run.knows_columns(relation):
        return
    _refuse_type(run, relation, column, type_oid, expression)
    if not is_immutable(run, relation, expression):
        run.refuse("42P17", f"generation expression of {column} is not immutable")


def _refuse_reference(run: Run, relation: Rel, own: str, columns: dict[str, PgAttribute], name: str) -> None:
    if name in _SYSTEM_COLUMNS:
        run.refuse("42P10", f"cannot use system column {name} in column generation expression")
    if name == own or (name in columns and columns[name].generated):
        run.refuse("42P17", f"cannot use generated column {name} in column generation expression")
    is_known = name in columns or name in {"*", "tableoid", relation.name}
    if not is_known and run.knows_columns(relation):
        run.refuse("42703", f"column {name} does not exist")


def refuse_calls(run: Run, expression: m.Expression, where: str) -> None:
    """Subqueries, and functions over several rows, which no expression over one row has.

    Raises:
        Refused: 0A000, 42803 or 42P20.
    """
    for part in m.walk(expression):
        if isinstance(part, m.Subquery):
            run.refuse("0A000", f"cannot use subquery in {where}")
        if not isinstance(part, m.Call):
            continue
        if '"over"' in part.modifiers:
            run.refuse("42P20", f"window functions are not allowed in {where}")
        own = candidates(run, part.name, len(part.args))
        if any(row.kind == "a" for row in own) or (not own and part.name[-1] in _AGGREGATES):
            run.refuse("42803", f"aggregate functions are not allowed in {where}")
        if any(row.returns_set for row in own) or (not own and part.name[-1] in _SETS):
            run.refuse("0A000", f"set-returning functions are not allowed in {where}")


def refuse_unknown_columns(run: Run, relation: Rel, expression: m.Expression) -> None:
    """An expression over a row speaks of its columns only.

    Raises:
        Refused: 42703.
    """
    if not run.knows_columns(relation):
        return
    known = {"*", "tableoid", relation.name, *_SYSTEM_COLUMNS}
    for name in sorted(columns(expression)):
        if name not in known and run.column(relation.oid, name) is None:
            run.refuse("42703", f"column {name} does not exist")


def refuse_condition(run: Run, relation: Rel, condition: m.Expression, where: str) -> None:
    """What decides about a row is boolean.

    Raises:
        Refused: 42804.
    """
    if not _can_be(run, relation, condition, _BOOL):
        run.refuse("42804", f"argument of {where} must be type boolean")


def _refuse_type(run: Run, relation: Rel, column: str, type_oid: int, expression: m.Expression) -> None:
    if not _can_be(run, relation, expression, type_oid):
        run.refuse("42804", f"column {column} is of another type than its expression")


def _can_be(run: Run, relation: Rel, expression: m.Expression, type_oid: int) -> bool:
    """Whether an expression can be assigned to the type; True where that cannot be told."""
    if not type_oid or not run.world.knows_all or (isinstance(expression, m.Constant) and expression.value is None):
        return True
    found = type_of(run, relation, expression)
    is_other = found not in (UNKNOWN, type_oid)
    return not (is_other and coercion(run, TypeUse(found), TypeUse(type_oid)) is Coercion.IMPOSSIBLE)
