"""What a condition can come out as: true, false or null, worked out without knowing any row."""

from __future__ import annotations

import operator as comparisons
from enum import Flag
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING, Final

from probes.sql.expressions import model as m
from probes.sql.expressions.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_ATOMS = 4


class Outcomes(Flag):
    """The results a condition may have; more than there are, never fewer."""

    NONE = 0
    TRUE = 1
    FALSE = 2
    NULL = 4
    ANY = 7

    @property
    def always_true(self) -> bool:
        """The condition holds for every row: a filter that lets everything pass."""
        return self is Outcomes.TRUE


_T: Final = Outcomes.TRUE
_F: Final = Outcomes.FALSE
_N: Final = Outcomes.NULL
_REFLEXIVE = {"=": _T, "<=": _T, ">=": _T, "<>": _F, "<": _F, ">": _F, "IS DISTINCT FROM": _F}


def truth(expression: m.Expression, *, not_null: frozenset[str] = frozenset()) -> Outcomes:
    """The possible outcomes of a condition.

    Args:
        expression: Any expression; one that is not boolean gives ``ANY``.
        not_null: Columns that hold no null, none of them of a composite type.
    """
    condition = canonical(expression)
    judge = _Judge(not_null)
    found = judge.outcomes(condition)
    if found in (_T, _F, _N) or not isinstance(condition, m.And | m.Or | m.Not):
        return found
    return found & _enumerated(condition, judge)


class _Judge:
    """Three-valued logic over sets of outcomes."""

    def __init__(self, not_null: frozenset[str]) -> None:
        self._not_null = not_null

    def outcomes(self, expression: m.Expression) -> Outcomes:  # noqa: PLR0911 -- one return per kind
        match expression:
            case m.Constant(value=value):
                return _constant(value)
            case m.Column(name=name):
                return _T | _F if self._is_known(expression, name) else Outcomes.ANY
            case m.And(args=args):
                return reduce(_conjunction, [self.outcomes(arg) for arg in args], _T)
            case m.Or(args=args):
                return _negated(reduce(_conjunction, [_negated(self.outcomes(arg)) for arg in args], _T))
            case m.Not(arg=arg):
                return _negated(self.outcomes(arg))
            case m.NullTest(arg=arg, is_null=is_null):
                return self._null_test(arg, is_null=is_null)
            case m.BooleanTest():
                return self._boolean_test(expression)
            case m.Operator():
                return self._operator(expression)
            case _:
                return self._other(expression)

    def _other(self, expression: m.Expression) -> Outcomes:  # noqa: PLR0911 -- one return per kind
        match expression:
            case m.Quantified():
                return self._quantified(expression)
            case m.Coalesce(args=args):
                return self._coalesce(args)
            case m.Case():
                return self._case(expression)
            case m.Cast(arg=arg, type="bool") if not isinstance(arg, m.Constant):
                return self.outcomes(arg) if _is_boolean(arg) else Outcomes.ANY
            case m.Subquery(kind=m.SubqueryKind.SCALAR, only_output=m.Expression() as output):
                return self.outcomes(canonical(output))
            case m.Subquery(kind=m.SubqueryKind.EXISTS, only_output=output):
                return _T | _F if output is None else _T
            case _:
                return Outcomes.ANY

    def nullity(self, expression: m.Expression) -> Outcomes:  # noqa: PLR0911 -- one return per kind
        """``NULL`` if the value is always null, ``TRUE`` if never, both if it depends."""
        match expression:
            case m.Constant(value=None):
                return _N
            case m.Constant() | m.Number() | m.ArrayOf() | m.Subquery(kind=m.SubqueryKind.EXISTS):
                return _T
            case m.Subquery(kind=m.SubqueryKind.SCALAR, only_output=m.Expression() as output):
                return self.nullity(canonical(output))
            case m.SessionValue(name=name):
                return _T | _N if name.startswith("CURRENT_SCHEMA") else _T
            case m.Column(name=name):
                return _T if self._is_known(expression, name) else _T | _N
            case m.Coalesce(args=args):
                return self._coalesced_nullity(args)
            case m.NullTest() | m.BooleanTest() | m.Operator(name="IS DISTINCT FROM"):
                return _T
            case m.And() | m.Or() | m.Not() | m.Quantified() | m.Operator():
                found = self.outcomes(expression)
                return (_N if found & _N else Outcomes.NONE) | (_T if found & (_T | _F) else Outcomes.NONE)
            case m.Cast(arg=m.Constant() as arg):
                return self.nullity(arg)
            case _:
                return _T | _N

    def _is_known(self, column: m.Expression, name: str) -> bool:
        return isinstance(column, m.Column) and len(column.parts) == 1 and name in self._not_null

    def _coalesced_nullity(self, args: m.Values) -> Outcomes:
        found = [self.nullity(arg) for arg in args]
        if _T in found:
            return _T
        return _N if all(each is _N for each in found) else _T | _N

    def _null_test(self, arg: m.Expression, *, is_null: bool) -> Outcomes:
        if isinstance(arg, m.RowOf):
            return _T | _F
        found = self.nullity(arg)
        if found is _T:
            return _F if is_null else _T
        if found is _N:
            return _T if is_null else _F
        return _T | _F

    def _boolean_test(self, test: m.BooleanTest) -> Outcomes:
        found = self.outcomes(test.arg)
        matching = {True: _T, False: _F, None: _N}[test.tested]
        result = (_T if found & matching else Outcomes.NONE) | (_F if found & ~matching else Outcomes.NONE)
        return _negated(result) if test.negated else result

    def _operator(self, operator: m.Operator) -> Outcomes:  # noqa: PLR0911 -- one return per kind
        left, right = operator.left, operator.right
        if left is None:
            return Outcomes.ANY
        if operator.name == "IS DISTINCT FROM":
            if left == right and _is_stable(left):
                return _F
            return _T | _F
        if _N in (self.nullity(left), self.nullity(right)) and operator.name in _REFLEXIVE:
            return _N
        compared = _compare(operator.name, left, right)
        if compared is not None:
            return _T if compared else _F
        if left == right and _is_stable(left) and operator.name in _REFLEXIVE:
            return _REFLEXIVE[operator.name] | (_N if self.nullity(left) & _N else Outcomes.NONE)
        return self._unknown_comparison(operator)

    def _unknown_comparison(self, operator: m.Operator) -> Outcomes:
        if operator.name in _REFLEXIVE and operator.left is not None:
            nulls = (self.nullity(operator.left) | self.nullity(operator.right)) & _N
            return _T | _F | nulls
        return Outcomes.ANY

    def _quantified(self, quantified: m.Quantified) -> Outcomes:
        array = quantified.array
        if isinstance(array, m.Cast) and array.arg == m.ArrayOf(()):
            array = array.arg
        if not isinstance(array, m.ArrayOf):
            return Outcomes.ANY
        each = [self._operator(m.Operator(quantified.name, quantified.left, element)) for element in array.elements]
        if quantified.is_all:
            return reduce(_conjunction, each, _T)
        return _negated(reduce(_conjunction, [_negated(one) for one in each], _T))

    def _coalesce(self, args: m.Values) -> Outcomes:
        result = Outcomes.NONE
        for arg in args:
            found = self.outcomes(arg)
            result |= found & (_T | _F)
            if not found & _N:
                return result
        return result | _N

    def _case(self, case: m.Case) -> Outcomes:
        result = Outcomes.NONE
        for condition, value in case.branches:
            test = condition if case.subject is None else m.Operator("=", case.subject, condition)
            found = self.outcomes(test)
            if found & _T:
                result |= self.outcomes(value)
            if found is _T:
                return result
        return result | (_N if case.default is None else self.outcomes(case.default))


def _enumerated(condition: m.Expression, judge: _Judge) -> Outcomes:
    """The outcomes over every assignment of the atoms, which sees that ``a`` and ``NOT a`` are not independent."""
    atoms = list(dict.fromkeys(_atoms(condition)))
    if len(atoms) > _MAX_ATOMS:
        return Outcomes.ANY
    possible = [[one for one in (_T, _F, _N) if one & judge.outcomes(atom)] for atom in atoms]
    found = Outcomes.NONE
    for assigned in product(*possible):
        found |= _evaluated(condition, dict(zip(atoms, assigned, strict=True)))
    return found


def _atoms(expression: m.Expression) -> Iterator[m.Expression]:
    match expression:
        case m.And(args=args) | m.Or(args=args):
            for arg in args:
                yield from _atoms(arg)
        case m.Not(arg=arg):
            yield from _atoms(arg)
        case _:
            if not _is_stable(expression):
                yield m.Unknown("volatile", str(id(expression)))
            else:
                yield _positive(expression)[0]


def _evaluated(expression: m.Expression, assigned: dict[m.Expression, Outcomes]) -> Outcomes:
    match expression:
        case m.And(args=args):
            return reduce(_conjunction, [_evaluated(arg, assigned) for arg in args], _T)
        case m.Or(args=args):
            return _negated(reduce(_conjunction, [_negated(_evaluated(arg, assigned)) for arg in args], _T))
        case m.Not(arg=arg):
            return _negated(_evaluated(arg, assigned))
        case _:
            atom, is_negated = _positive(expression)
            found = assigned.get(atom, Outcomes.ANY)
            return _negated(found) if is_negated else found


def _positive(atom: m.Expression) -> tuple[m.Expression, bool]:
    """The atom and whether it is negated, with ``<>`` as the negation of ``=`` and so on."""
    match atom:
        case m.NullTest(arg=arg, is_null=False) if not isinstance(arg, m.RowOf):
            return m.NullTest(arg, is_null=True), True
        case m.Operator(name="<>" | ">=" | ">" as name, left=left, right=right):
            return m.Operator({"<>": "=", ">=": "<", ">": "<="}[name], left, right), True
        case _:
            return atom, False


def _constant(value: str | int | bool | None) -> Outcomes:  # noqa: FBT001 -- a constant's value
    if value is None:
        return _N
    if isinstance(value, bool):
        return _T if value else _F
    return Outcomes.ANY


def _conjunction(left: Outcomes, right: Outcomes) -> Outcomes:
    result = (left | right) & _F
    if left & _T and right & _T:
        result |= _T
    if (left & _N and right & (_T | _N)) or (right & _N and left & (_T | _N)):
        result |= _N
    return result


def _negated(found: Outcomes) -> Outcomes:
    return (found & _N) | (_F if found & _T else Outcomes.NONE) | (_T if found & _F else Outcomes.NONE)


def _is_boolean(expression: m.Expression) -> bool:
    return isinstance(
        expression,
        m.And | m.Or | m.Not | m.NullTest | m.BooleanTest | m.Quantified | m.Column | m.Subquery,
    )


def _is_stable(expression: m.Expression) -> bool:
    """Whether evaluating it twice for one row gives the same: no calls, no subqueries."""
    return not any(isinstance(part, m.Call | m.Subquery | m.Unknown | m.Part) for part in m.walk(expression))


def _compare(name: str, left: m.Expression, right: m.Expression) -> bool | None:
    """The comparison of two integers, or the equality of two equal texts; None for everything else."""
    if not isinstance(left, m.Constant) or not isinstance(right, m.Constant):
        return None
    one, other = left.value, right.value
    if isinstance(one, int) and type(one) is type(other) and isinstance(other, int):
        return bool(_COMPARISONS[name](one, other)) if name in _COMPARISONS else None
    if isinstance(one, str) and one == other and name in _REFLEXIVE:
        return bool(_REFLEXIVE[name] & _T)
    return None


_COMPARISONS = {
    "=": comparisons.eq,
    "<>": comparisons.ne,
    "<": comparisons.lt,
    "<=": comparisons.le,
    ">": comparisons.gt,
    ">=": comparisons.ge,
}
