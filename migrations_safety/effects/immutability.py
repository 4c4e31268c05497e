"""Expressions whose value a setting may change: an index or a stored column cannot be made of them."""

from __future__ import annotations

from collections.abc import Iterable

from migrations_safety.effects.builtin_functions import Signature, signatures
from migrations_safety.effects.defaults import candidates, inlined_body
from migrations_safety.effects.inference import UNKNOWN, type_named_as, type_of
from migrations_safety.effects.run import Rel, Run
from probes.sql.expressions import model as m

_DATE, _TIME, _TIMESTAMP, _TIMESTAMPTZ, _TIMETZ, _INTERVAL, _MONEY = 1082, 1083, 1114, 1184, 1266, 1186, 790
_INT4, _INT8, _NUMERIC, _TEXT, _TSQUERY = 23, 20, 1700, 25, 3615
_TEXTS = frozenset({_TEXT, 1042, 1043})
_WRITTEN_BY_SETTINGS = frozenset({_DATE, _TIMESTAMP, _TIMESTAMPTZ, _MONEY})
"""Types whose output functions are stable: DateStyle, TimeZone, lc_monetary."""
_READ_BY_SETTINGS = frozenset({_DATE, _TIME, _TIMESTAMP, _TIMESTAMPTZ, _TIMETZ, _INTERVAL, _MONEY})
_STABLE_CASTS = frozenset({
    (_MONEY, _NUMERIC), (_NUMERIC, _MONEY), (_INT4, _MONEY), (_INT8, _MONEY), (_DATE, _TIMESTAMPTZ), (_TIME, _TIMETZ),
    (_TIMESTAMP, _TIMESTAMPTZ), (_TIMESTAMPTZ, _DATE), (_TIMESTAMPTZ, _TIME), (_TIMESTAMPTZ, _TIMESTAMP),
    (_TIMESTAMPTZ, _TIMETZ),
})  # fmt: skip
_STABLE_OPERANDS = frozenset({
    (_TIMESTAMPTZ, _INTERVAL), (_INTERVAL, _TIMESTAMPTZ), (_DATE, _TIMESTAMPTZ), (_TIMESTAMPTZ, _DATE),
    (_TIMESTAMP, _TIMESTAMPTZ), (_TIMESTAMPTZ, _TIMESTAMP),
})  # fmt: skip
"""Operands whose every operator is stable, by pg_operator of 13 to 18."""


def is_immutable(run: Run, relation: Rel, expression: m.Expression) -> bool:
    """Whether an expression may stand in an index or a generated column; True where that cannot be told.

    Raises:
        Refused: 42883, no function or operator takes such arguments.
    """
    return not any(_varies(run, relation, part) for part in m.walk(expression))


def _varies(run: Run, relation: Rel, part: m.Expression) -> bool:
    match part:
        case m.SessionValue():
            return True
        case m.Call():
            return "i" not in (_volatilities(run, relation, part) or "i")
        case m.Cast(arg=m.Constant()):
            return False  # computed once, as it is read
        case m.Cast(arg=arg, type=name):
            return _is_stable_cast(type_of(run, relation, arg), type_named_as(run, name))
        case m.Operator(left=m.Expression() as left, right=right):
            return (type_of(run, relation, left), type_of(run, relation, right)) in _STABLE_OPERANDS
        case _:
            return False


def _is_stable_cast(source: int, target: int) -> bool:
    written = target in _TEXTS and source in _WRITTEN_BY_SETTINGS
    return written or (source in _TEXTS and target in _READ_BY_SETTINGS) or (source, target) in _STABLE_CASTS


def _volatilities(run: Run, relation: Rel, call: m.Call) -> set[str]:
    """Of the functions that a call may mean; empty where none is known, or where the planner puts in its body."""
    own = candidates(run, call.name, len(call.args))
    if own:
        return set() if any(inlined_body(row) is not None for row in own) else {row.volatility for row in own}
    *schema, name = call.name
    if schema and schema != ["pg_catalog"]:
        return set()
    found = signatures(name, len(call.args))
    kinds = {one.volatility for one in found}
    if len(kinds) < 2:  # noqa: PLR2004 - arguments choose between functions of several kinds only
        return kinds
    given = [type_of(run, relation, arg) for arg in call.args]
    return {one.volatility for one in _meant(found, given)} or kinds


def _meant(found: Iterable[Signature], given: list[int]) -> list[Signature]:
    """Those that take exactly the types that are known."""
    return [
        one
        for one in found
        if all(have in (UNKNOWN, wanted) for have, wanted in zip(given, one.arguments, strict=False))
    ]
