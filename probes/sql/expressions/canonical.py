"""One form for expressions that mean the same, whichever server version deparsed them or hand wrote them."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from probes.sql.expressions import model as m
from probes.sql.expressions.build import parse_expression

if TYPE_CHECKING:
    from collections.abc import Callable

_TEXT_TYPES = frozenset({"text", "varchar", "bpchar", "unknown", "name"})
_NUMBER_TYPES = frozenset({"int2", "int4", "int8", "numeric", "float4", "float8"})
_BOOLEANS = {"t": True, "true": True, "f": False, "false": False}
_SIMPLE_ARRAY = re.compile(r'\{([^{}"\\]*)\}')
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_DECIMAL = re.compile(r"[+-]?\d+\.\d+")
_ALIASES = {"bool": "bool", "boolean": "bool", "integer": "int4", "int": "int4", "bigint": "int8", "smallint": "int2"}
_RENAMED_CALLS: dict[tuple[str, ...], tuple[str, ...]] = {("date_part",): ("extract",)}


def canonical(expression: m.Expression, *, loose: bool = True) -> m.Expression:
    """The expression in one form: casts of constants folded, IN as = ANY, conjunctions flat, nested NOT resolved.

    By default casts to character types and casts of numbers between numeric types are dropped as well, since a
    written expression lacks those the server adds. With ``loose=False`` they stay, for proofs that must not take
    ``id::text`` for ``id``.
    """
    return _canonical(expression, loose)


def canonical_text(text: str) -> str:
    """A stable text for an expression, equal for texts that differ only in how they were deparsed or written."""
    parsed = parse_expression(text)
    if isinstance(parsed, m.Unknown) and parsed.kind == "text":
        return " ".join(text.split())
    return render(canonical(parsed))


def render(expression: m.Expression) -> str:
    """The expression as an unambiguous text; for comparison and hashing, not for running."""
    parts = [_render_value(getattr(expression, name)) for name in expression.__struct_fields__]
    return f"{type(expression).__name__}({','.join(parts)})"


def _render_value(value: object) -> str:
    if isinstance(value, m.Expression):
        return render(value)
    if isinstance(value, tuple):
        return "[" + ",".join(_render_value(element) for element in value) + "]"
    return repr(value)


def rebuild(expression: m.Expression, change: Callable[[m.Expression], m.Expression]) -> m.Expression:
    """The expression with ``change`` applied to each direct part; subqueries are left as they are."""
    if isinstance(expression, m.Subquery):
        return expression
    fields: dict[str, object] = {}
    for name in expression.__struct_fields__:
        value = getattr(expression, name)
        if isinstance(value, m.Expression):
            fields[name] = change(value)
        elif isinstance(value, tuple):
            fields[name] = tuple([_rebuilt_element(element, change) for element in value])
    return msgspec.structs.replace(expression, **fields) if fields else expression


def _rebuilt_element(element: object, change: Callable[[m.Expression], m.Expression]) -> object:
    if isinstance(element, m.Expression):
        return change(element)
    if isinstance(element, tuple):
        return tuple([change(part) if isinstance(part, m.Expression) else part for part in element])
    return element


def _canonical(expression: m.Expression, loose: bool) -> m.Expression:  # noqa: FBT001, PLR0911 -- one return per kind
    made = rebuild(expression, partial(_canonical, loose=loose))
    match made:
        case m.Cast():
            return _cast(made, loose=loose)
        case m.And(args=args):
            return _flat(m.And, args)
        case m.Or(args=args):
            return _flat(m.Or, args)
        case m.Not(arg=m.Not(arg=inner)):
            return inner
        case m.Not(arg=m.NullTest(arg=inner, is_null=is_null)) if not isinstance(inner, m.RowOf):
            return m.NullTest(inner, not is_null)
        case m.Quantified():
            return _quantified(made)
        case m.Call(name=name) if name in _RENAMED_CALLS:
            return msgspec.structs.replace(made, name=_RENAMED_CALLS[name])
        case m.Operator():
            return _operator(made)
        case _:
            return made


def _operator(operator: m.Operator) -> m.Expression:
    match operator:
        case m.Operator(name="IS DISTINCT FROM", left=m.Expression() as tested, right=m.Constant(value=None)):
            return m.NullTest(tested, is_null=False)
        case m.Operator(name="IS DISTINCT FROM", left=m.Constant(value=None), right=tested):
            return m.NullTest(tested, is_null=False)
        case m.Operator(name="-", left=None, right=m.Constant(value=int() as value)) if not isinstance(value, bool):
            return m.Constant(-value)
        case m.Operator(name="=" | "<>" as name, left=m.RowOf(elements=lefts), right=m.RowOf(elements=rights)) if (
            len(lefts) == len(rights) > 0
        ):
            pairs = tuple([m.Operator(name, left, right) for left, right in zip(lefts, rights, strict=True)])
            return m.And(pairs) if name == "=" else m.Or(pairs)
        case _:
            return operator


def _flat(kind: type[m.And | m.Or], args: m.Values) -> m.Expression:
    flat: list[m.Expression] = []
    for arg in args:
        flat.extend(arg.args if isinstance(arg, kind) else (arg,))
    return kind(tuple(flat))


def _cast(cast: m.Cast, *, loose: bool) -> m.Expression:
    arg, name = cast.arg, _ALIASES.get(cast.type, cast.type)
    if isinstance(arg, m.Constant):
        folded = _cast_constant(arg, name)
        if folded is not None:
            arg = folded.arg if isinstance(folded, m.Cast) else folded
            if not isinstance(folded, m.Cast):
                return folded
    if name.endswith("[]"):
        return _cast_array(arg, name, loose=loose)
    if loose and (name in _TEXT_TYPES or (name in _NUMBER_TYPES and _is_number(arg))):
        return arg
    if isinstance(arg, m.Cast) and arg.type == name:
        return arg
    return m.Cast(arg, name)


def _cast_constant(constant: m.Constant, name: str) -> m.Expression | None:  # noqa: PLR0911 -- one return per kind
    """The constant itself where the cast only says what it already is, or None."""
    match constant.value:
        case None:
            return constant
        case bool():
            return constant if name == "bool" else None
        case int():
            return constant if name == "int4" else None
        case str() as text if name in _TEXT_TYPES:
            return m.Constant(text)
        case str() as text if name == "bool" and text.lower() in _BOOLEANS:
            return m.Constant(_BOOLEANS[text.lower()])
        case str() as text if name in _NUMBER_TYPES and _INTEGER.fullmatch(text):
            number = m.Constant(int(text))
            return number if name == "int4" else m.Cast(number, name)
        case str() as text if name == "numeric" and _DECIMAL.fullmatch(text):
            return m.Number(text)
        case _:
            return None


def _is_number(expression: m.Expression) -> bool:
    return isinstance(expression, m.Number) or (isinstance(expression, m.Constant) and type(expression.value) is int)


def _cast_array(arg: m.Expression, name: str, *, loose: bool) -> m.Expression:
    element = name.removesuffix("[]")
    if isinstance(arg, m.Constant) and isinstance(arg.value, str):
        simple = _SIMPLE_ARRAY.fullmatch(arg.value)
        if simple:
            texts = [part.strip() for part in simple.group(1).split(",")] if simple.group(1).strip() else []
            if not any(text.lower() in ("null", "") for text in texts):
                arg = m.ArrayOf(tuple([m.Constant(text) for text in texts]))
    if isinstance(arg, m.ArrayOf):
        made = m.ArrayOf(tuple([_cast(m.Cast(part, element), loose=loose) for part in arg.elements]))
        return made if arg.elements else m.Cast(made, name)
    if element in _TEXT_TYPES and loose:
        return arg
    return m.Cast(arg, name)


def _quantified(quantified: m.Quantified) -> m.Expression:
    array = quantified.array
    if isinstance(array, m.ArrayOf) and len(array.elements) == 1:
        return m.Operator(quantified.name, quantified.left, array.elements[0])
    return quantified
