"""Whether conditions prove another one, no more generously than the server's own prover (optimizer/util/predtest.c).

The server asks twice: *weakly* (given that the premise is not false, is the conclusion not false?) when existing CHECK
constraints may save the scan of SET NOT NULL or ATTACH PARTITION, and *strongly* (given that the premise is true, is
the conclusion true?) when a query's filter must cover a partial index.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, TypeAlias

from probes.sql.expressions import model as m
from probes.sql.expressions.canonical import canonical, rebuild
from probes.sql.expressions.truth import Outcomes, truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_MAX_ARRAY = 100  # the server does not expand longer arrays (MAX_SAOP_ARRAY_SIZE)
_MAX_DEPTH = 100
_NEGATED = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">",
            "~~": "!~~", "!~~": "~~", "~~*": "!~~*", "!~~*": "~~*", "~": "!~", "!~": "~"}  # fmt: skip
_COMMUTED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_STRICT_OPERATORS = frozenset({*_NEGATED, "+", "-", "*", "/", "%", "@>", "<@", "&&"})

# For a clause "x C c" and a predicate "x P p", what must hold between p and c (predtest.c, BT_implic_table).
_BETWEEN_CONSTANTS = {
    ("<", "<"): ">=", ("<", "<="): ">=", ("<", "<>"): ">=",
    ("<=", "<"): ">", ("<=", "<="): ">=", ("<=", "<>"): ">",
    ("=", "<"): ">", ("=", "<="): ">=", ("=", "="): "=", ("=", ">="): "<=", ("=", ">"): "<", ("=", "<>"): "<>",
    (">=", ">="): "<=", (">=", ">"): "<", (">=", "<>"): "<",
    (">", ">="): "<=", (">", ">"): "<=", (">", "<>"): "<=",
    ("<>", "<>"): "=",
}  # fmt: skip
_SAME_OPERANDS = {"<": {"<", "<=", "<>"}, "<=": {"<="}, "=": {"=", "<=", ">="},
                  ">=": {">="}, ">": {">", ">=", "<>"}, "<>": {"<>"}}  # fmt: skip

IsStrict: TypeAlias = "Callable[[tuple[str, ...], int], bool]"
"""Whether the function of this name and number of arguments is declared STRICT."""


def never_strict(_name: tuple[str, ...], _argument_count: int) -> bool:
    """The answer of one who knows no functions."""
    return False


def implies(
    premises: Iterable[m.Expression],
    conclusion: m.Expression,
    *,
    weak: bool = False,
    is_strict: IsStrict = never_strict,
) -> bool:
    """Whether the premises together prove the conclusion.

    Args:
        premises: Conditions that all hold (weakly: that are all not false).
        conclusion: What is to be proved.
        weak: Prove it as CHECK constraints are used; otherwise as query filters are.
        is_strict: Knowledge of functions; without it no call is taken to be strict.
    """
    given = [simplify(canonical(premise, loose=False)) for premise in premises]
    wanted = simplify(canonical(conclusion, loose=False))
    return _Prover(weak=weak, is_strict=is_strict).proves(m.And(tuple(given)), wanted, 0)


def proves_not_null(checks: Iterable[m.Expression], column: str) -> bool:
    """Whether valid, enforced CHECK conditions save SET NOT NULL its scan of the table."""
    return implies(checks, m.NullTest(m.Column((column,)), is_null=False), weak=True)


def simplify(expression: m.Expression) -> m.Expression:
    """The condition as the server has it before a proof: NOT pushed down, constants folded, conjunctions flat."""
    made = rebuild(expression, simplify) if isinstance(expression, m.And | m.Or | m.Not | m.Case) else expression
    constant = _folded(made)
    if constant is not None:
        return constant
    match made:
        case m.Case(subject=None):
            return _taken_branch(made)
        case m.Not(arg=arg):
            return _negate(arg)
        case m.And(args=args):
            return _join(m.And, args, neutral=True)
        case m.Or(args=args):
            return _join(m.Or, args, neutral=False)
        case _:
            return made


def _folded(expression: m.Expression) -> m.Constant | None:
    """TRUE or FALSE for a condition made of constants alone."""
    if any(isinstance(part, m.Column | m.Call | m.Subquery | m.Unknown) for part in m.walk(expression)):
        return None
    found = truth(expression)
    return m.Constant(found is Outcomes.TRUE) if found in (Outcomes.TRUE, Outcomes.FALSE) else None


def _taken_branch(case: m.Case) -> m.Expression:
    """The CASE without branches that are never taken; its result where the first one always is."""
    branches = [branch for branch in case.branches if branch[0] != m.Constant(value=False)]
    if branches and branches[0][0] == m.Constant(value=True):
        return branches[0][1]
    return m.Case(None, tuple(branches), case.default)


def _join(kind: type[m.And | m.Or], args: m.Values, *, neutral: bool) -> m.Expression:
    kept: list[m.Expression] = []
    for arg in args:
        if isinstance(arg, m.Constant) and isinstance(arg.value, bool):
            if arg.value is not neutral:
                return arg
        else:
            kept.extend(arg.args if isinstance(arg, m.And | m.Or) and isinstance(arg, kind) else (arg,))
    if not kept:
        return m.Constant(neutral)
    return kept[0] if len(kept) == 1 else kind(tuple(kept))


def _negate(arg: m.Expression) -> m.Expression:  # noqa: PLR0911 -- one return per kind
    match arg:
        case m.Constant(value=bool() as value):
            return m.Constant(not value)
        case m.Not(arg=inner):
            return inner
        case m.And(args=args):
            return simplify(m.Or(tuple([_negate(each) for each in args])))
        case m.Or(args=args):
            return simplify(m.And(tuple([_negate(each) for each in args])))
        case m.NullTest(arg=inner, is_null=is_null) if not isinstance(inner, m.RowOf):
            return m.NullTest(inner, not is_null)
        case m.BooleanTest(arg=inner, tested=tested, negated=negated):
            return m.BooleanTest(inner, tested, not negated)
        case m.Operator(name=name, left=left, right=right) if name in _NEGATED and left is not None:
            return m.Operator(_NEGATED[name], left, right)
        case m.Quantified(name=name, left=left, array=array, is_all=is_all) if name in _NEGATED:
            return m.Quantified(_NEGATED[name], left, array, not is_all)
        case _:
            return m.Not(arg)


class _Prover:
    """One proof attempt: conditions taken apart as predicate_implied_by_recurse does."""

    def __init__(self, *, weak: bool, is_strict: IsStrict) -> None:
        self._weak = weak
        self._is_strict = is_strict

    def proves(self, clause: m.Expression, predicate: m.Expression, depth: int) -> bool:  # noqa: PLR0911 -- as the server
        if depth > _MAX_DEPTH:
            return False
        if isinstance(predicate, m.Constant) and predicate.value is True:
            return True
        clauses, predicates = _conjuncts(clause), _conjuncts(predicate)
        if predicates is not None:
            return all(self.proves(clause, each, depth + 1) for each in predicates)
        alternatives = _disjuncts(predicate)
        if clauses is not None:
            if alternatives is not None and any(self.proves(clause, each, depth + 1) for each in alternatives):
                return True
            return any(self.proves(each, predicate, depth + 1) for each in clauses)
        cases = _disjuncts(clause)
        if cases is not None:
            return all(self.proves(each, predicate, depth + 1) for each in cases)
        if alternatives is not None:
            return any(self.proves(clause, each, depth + 1) for each in alternatives)
        return self._atom(clause, predicate)

    def _atom(self, clause: m.Expression, predicate: m.Expression) -> bool:
        if clause == predicate or _boolean_equivalent(clause, predicate):
            return True
        if isinstance(predicate, m.NullTest) and not predicate.is_null and not isinstance(predicate.arg, m.RowOf):
            return not self._weak and self._strict_for(clause, predicate.arg)
        if isinstance(clause, m.Operator) and isinstance(predicate, m.Operator):
            return _operator_proof(clause, predicate)
        return False

    def _strict_for(self, clause: m.Expression, subject: m.Expression) -> bool:
        """Whether the clause cannot be true while the subject is null."""
        if clause == subject:
            return True
        match clause:
            case m.Operator(name=name, left=left, right=right) if name in _STRICT_OPERATORS:
                return any(self._strict_for(side, subject) for side in (left, right) if side is not None)
            case m.Call(name=name, args=args, modifiers="") if self._is_strict(name, len(args)):
                return any(self._strict_for(arg, subject) for arg in args)
            case m.Cast(arg=arg) | m.Collated(arg=arg):
                return self._strict_for(arg, subject)
            case m.Quantified(name=name, left=left, array=array, is_all=is_all) if name in _STRICT_OPERATORS:
                has_elements = isinstance(array, m.ArrayOf) and bool(array.elements)
                return (not is_all or has_elements) and self._strict_for(left, subject)
            case _:
                return False


def _conjuncts(expression: m.Expression) -> m.Values | None:
    match expression:
        case m.And(args=args):
            return args
        case m.Quantified(is_all=True):
            return _expanded(expression)
        case _:
            return None


def _disjuncts(expression: m.Expression) -> m.Values | None:
    match expression:
        case m.Or(args=args):
            return args
        case m.Quantified(is_all=False):
            return _expanded(expression)
        case _:
            return None


def _expanded(quantified: m.Quantified) -> m.Values | None:
    """The comparisons a comparison with an array stands for."""
    array = quantified.array
    if not isinstance(array, m.ArrayOf) or not 0 < len(array.elements) <= _MAX_ARRAY:
        return None
    return tuple([m.Operator(quantified.name, quantified.left, element) for element in array.elements])


def _boolean_equivalent(clause: m.Expression, predicate: m.Expression) -> bool:
    """``x = true`` is ``x`` and ``x = false`` is ``NOT x``."""
    return _without_boolean(clause) == _without_boolean(predicate)


def _without_boolean(expression: m.Expression) -> m.Expression:
    match expression:
        case m.Operator(name="=", left=m.Expression() as left, right=m.Constant(value=bool() as value)):
            return left if value else _negate(left)
        case m.Operator(name="<>", left=m.Expression() as left, right=m.Constant(value=bool() as value)):
            return _negate(left) if value else left
        case _:
            return expression


def _operator_proof(clause: m.Operator, predicate: m.Operator) -> bool:
    """What one comparison says about another of the same operands, or of one operand and two constants."""
    if clause.left is None or predicate.left is None:
        return False
    for turned in (clause, _commuted(clause)):
        if turned is None or turned.left is None or turned.name not in _COMMUTED:
            continue
        if turned.left == predicate.left and turned.right == predicate.right:
            return predicate.name in _SAME_OPERANDS[turned.name]
        for aimed in (predicate, _commuted(predicate)):
            if (
                aimed is not None
                and turned.left == aimed.left
                and _is_literal(turned.right)
                and _is_literal(aimed.right)
            ):
                wanted = _BETWEEN_CONSTANTS.get((turned.name, aimed.name))
                return wanted is not None and _holds(wanted, aimed.right, turned.right)
    return False


def _commuted(operator: m.Operator) -> m.Operator | None:
    if operator.left is None or operator.name not in _COMMUTED:
        return None
    return m.Operator(_COMMUTED[operator.name], operator.right, operator.left)


def _is_literal(expression: m.Expression) -> bool:
    return isinstance(expression, m.Constant | m.Number) or (
        isinstance(expression, m.Cast) and isinstance(expression.arg, m.Constant | m.Number)
    )


def _holds(name: str, one: m.Expression, other: m.Expression) -> bool:
    """Whether the comparison of two literals holds for certain."""
    if one == other:
        return name in ("=", "<=", ">=")
    numbers = _number(one), _number(other)
    if numbers[0] is None or numbers[1] is None:
        return name in ("<", "<=", ">", ">=", "<>") and _dates_hold(name, one, other)
    return _ordered(name, numbers[0], numbers[1])


def _ordered(name: str, one: Decimal | str, other: Decimal | str) -> bool:
    low, high = (one, other) if name in ("<", "<=") else (other, one)
    match name:
        case "=":
            return one == other
        case "<>":
            return one != other
        case "<" | ">":
            return low < high  # type: ignore[operator]
        case _:
            return low <= high  # type: ignore[operator]


def _number(expression: m.Expression) -> Decimal | None:
    match expression:
        case m.Constant(value=bool()):
            return None
        case m.Constant(value=int() as value):
            return Decimal(value)
        case m.Number(text=text) | m.Cast(arg=m.Constant(value=str() as text), type="numeric"):
            try:
                return Decimal(text)
            except InvalidOperation:
                return None
        case m.Cast(arg=arg, type="int2" | "int4" | "int8" | "numeric"):
            return _number(arg)
        case _:
            return None


def _dates_hold(name: str, one: m.Expression, other: m.Expression) -> bool:
    """ISO dates and times of one type and one length compare as their texts do."""
    match one, other:
        case (
            m.Cast(arg=m.Constant(value=str() as first), type=type_name),
            m.Cast(arg=m.Constant(value=str() as second), type=other_type),
        ) if type_name == other_type and type_name in ("date", "timestamp") and len(first) == len(second):
            return _is_iso(first) and _is_iso(second) and _ordered(name, first, second)
        case _:
            return False


def _is_iso(text: str) -> bool:
    shape = "".join("9" if character.isdigit() else character for character in text)
    return shape in ("9999-99-99", "9999-99-99 99:99:99")
