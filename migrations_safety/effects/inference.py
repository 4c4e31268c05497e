"""Types of expressions, as far as they can be told: enough to see that the server will find no function or operator."""

from __future__ import annotations

from collections.abc import Sequence

from migrations_safety.effects.builtin_functions import operators, signatures
from migrations_safety.effects.coercion import POLYMORPHIC, is_binary_coercible
from migrations_safety.effects.defaults import candidates, input_count
from migrations_safety.effects.run import Rel, Run
from migrations_safety.effects.types import TypeUse, base_type, type_named
from probes.catalog.rows import PgCast, PgType
from probes.sql.expressions import model as m

UNKNOWN = 0
_BOOL, _INT4, _INT8, _NUMERIC, _TEXT = 16, 23, 20, 1700, 25
_ANY = frozenset({2276, 2283, 5077, 5078, 5079, 5080, 4538, 2776})
"""any, anyelement, and those whose meaning depends on the other arguments."""
_INT4_MAX = 2**31
_NOT_OPERATORS = frozenset({"IS DISTINCT FROM"})


def type_of(run: Run, relation: Rel, expression: m.Expression) -> int:  # noqa: C901, PLR0911 - one return per kind
    """The type of an expression over a relation; UNKNOWN where it cannot be told.

    Raises:
        Refused: 42883, no function or operator takes such arguments.
    """
    match expression:
        case m.Column(parts=parts):
            column = run.column(relation.oid, parts[-1])
            return base_type(run, TypeUse(column.type)).oid if column else UNKNOWN
        case m.Constant(value=bool()):
            return _BOOL
        case m.Constant(value=int() as value):
            return _INT4 if abs(value) < _INT4_MAX else _INT8
        case m.Number():
            return _NUMERIC
        case m.Cast(arg=arg, type=name):
            type_of(run, relation, arg)
            return type_named_as(run, name)
        case m.Call(name=name, args=args):
            return _call(run, name, [type_of(run, relation, arg) for arg in args])
        case m.Operator(name=name, left=left, right=right):
            one = UNKNOWN if left is None else type_of(run, relation, left)
            return _operator(run, name, one, type_of(run, relation, right), is_prefix=left is None)
        case m.And(args=args) | m.Or(args=args):
            for arg in args:
                type_of(run, relation, arg)
            return _BOOL
        case m.Not(arg=arg) | m.NullTest(arg=arg) | m.BooleanTest(arg=arg):
            type_of(run, relation, arg)
            return _BOOL
        case _:
            return UNKNOWN


def type_named_as(run: Run, name: str) -> int:
    """The type of an expression's cast; UNKNOWN where it is not known."""
    bare = name.partition("(")[0]
    is_array = bare.endswith("[]")
    row = type_named(run, tuple(bare.removesuffix("[]").split(".")))
    if row is None:
        return UNKNOWN
    return row.array if is_array else row.oid


def _call(run: Run, name: tuple[str, ...], given: Sequence[int]) -> int:
    if candidates(run, name, None):
        own = [row for row in candidates(run, name, len(given)) if input_count(row) == len(given)]
        return own[0].returns if len(own) == 1 else UNKNOWN
    found = signatures(name[-1], len(given))
    if not found:
        return UNKNOWN
    fitting = [one for one in found if _fits(run, given, one.arguments)]
    if not fitting and not run.world.knows_all:
        return UNKNOWN
    if not fitting:
        run.refuse("42883", f"function {name[-1]} does not exist for such arguments")
    exact = [one for one in fitting if tuple(given) == one.arguments]
    results = {one.result for one in exact or fitting}
    return results.pop() if len(results) == 1 else UNKNOWN


def _operator(run: Run, name: str, left: int, right: int, *, is_prefix: bool) -> int:
    if name in _NOT_OPERATORS:
        return _BOOL
    found = [one for one in operators(name) if (one[0] == 0) == is_prefix]
    if not found:
        return UNKNOWN
    fitting = [one for one in found if _fits(run, (left, right), one[:2])]
    if not fitting and left and right and run.world.knows_all:
        run.refuse("42883", f"operator {name} does not exist for such operands")
    exact = [one for one in fitting if one[:2] == (left, right)]
    results = {one[2] for one in exact or fitting}
    return results.pop() if len(results) == 1 else UNKNOWN


def _fits(run: Run, given: Sequence[int], wanted: Sequence[int]) -> bool:
    return all(_takes(run, one, other) for one, other in zip(given, wanted, strict=False))


def _takes(run: Run, given: int, wanted: int) -> bool:
    if UNKNOWN in (given, wanted) or given == wanted or wanted in _ANY:
        return True
    if wanted in POLYMORPHIC:
        return is_binary_coercible(run, given, wanted)
    row = run.world.one(PgType, given)
    if row is None or row.kind in {"d", "p"}:
        return True
    return is_binary_coercible(run, given, wanted) or any(
        cast.target == wanted and cast.context == "i" for cast in run.world.where(PgCast, "source", given)
    )
