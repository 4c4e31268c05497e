"""Expressions of a statement as SQL text, to be kept in a catalog until the server has seen them."""

from __future__ import annotations

from migrations_safety.effects.subquery_text import UnprintableError, subquery_sql
from probes.catalog.expression import Expression, Unread, Written, text_of
from probes.catalog.names import literal, quoted
from probes.sql.expressions import model as m
from probes.sql.expressions.build import from_source, parse_expression
from probes.sql.tree.atoms import Source

_NOT_UNDERSTOOD = Unread("the script writes it in a form that is not understood")
_TYPE_WORDS = frozenset({"bpchar"})


class _UnprintableError(Exception):
    """The expression has a part that cannot be written."""


def written(source: Source) -> Expression:
    """The expression of a statement as the catalog holds it."""
    return written_expression(from_source(source))


def written_expression(expression: m.Expression) -> Expression:
    """An expression as the catalog holds it; Unread where it has parts that cannot be written."""
    try:
        return Written(sql(expression))
    except _UnprintableError:
        return _NOT_UNDERSTOOD


def parsed(expression: Expression | None) -> m.Expression | None:
    """The expression of a catalog, understood; None where its text is not known."""
    text = text_of(expression)
    return None if text is None else parse_expression(text)


def sql(expression: m.Expression) -> str:  # noqa: C901, PLR0911, PLR0912 - one return per kind
    """The expression as SQL, fully in parentheses."""
    match expression:
        case m.Constant(value=value):
            return _constant(value)
        case m.Number(text=text):
            return text
        case m.Column(parts=parts):
            return ".".join(part if part == "*" else quoted(part) for part in parts)
        case m.Call(name=name, args=args, modifiers=""):
            return f"{'.'.join(map(quoted, name))}({_list(args)})"
        case m.Operator():
            return _operator(expression)
        case m.Quantified(name=name, left=left, array=array, is_all=is_all):
            return f"({sql(left)} {name} {'all' if is_all else 'any'} ({sql(array)}))"
        case m.And(args=args):
            return "(" + " and ".join(map(sql, args)) + ")"
        case m.Or(args=args):
            return "(" + " or ".join(map(sql, args)) + ")"
        case m.Not(arg=arg):
            return f"(not {sql(arg)})"
        case m.NullTest(arg=arg, is_null=is_null):
            return f"({sql(arg)} is {'null' if is_null else 'not null'})"
        case m.BooleanTest(arg=arg, tested=tested, negated=negated):
            word = {True: "true", False: "false", None: "unknown"}[tested]
            return f"({sql(arg)} is {'not ' if negated else ''}{word})"
        case m.Cast(arg=arg, type=type_name):
            return f"({sql(arg)})::{type_name}"
        case m.ArrayOf(elements=elements):
            return f"array[{_list(elements)}]"
        case m.RowOf(elements=elements):
            return f"row({_list(elements)})"
        case _:
            return _rarer(expression)


def _rarer(expression: m.Expression) -> str:
    match expression:
        case m.Case(subject=subject, branches=branches, default=default):
            head = f" {sql(subject)}" if subject is not None else ""
            arms = "".join(f" when {sql(test)} then {sql(result)}" for test, result in branches)
            tail = f" else {sql(default)}" if default is not None else ""
            return f"case{head}{arms}{tail} end"
        case m.Coalesce(args=args):
            return f"coalesce({_list(args)})"
        case m.Extreme(name=name, args=args):
            return f"{'greatest' if 'GREATEST' in name.upper() else 'least'}({_list(args)})"
        case m.SessionValue(name=name):
            return name.lower()
        case m.Collated(arg=arg, collation=collation):
            return f"({sql(arg)} collate {'.'.join(map(quoted, collation))})"
        case m.Subquery():
            try:
                return subquery_sql(expression, sql)
            except UnprintableError as error:
                raise _UnprintableError(str(error)) from error
        case _:
            raise _UnprintableError(type(expression).__name__)


def _constant(value: str | int | bool | None) -> str:  # noqa: FBT001 - a constant's value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return literal(value).strip() if isinstance(value, str) else str(value)


def _operator(operator: m.Operator) -> str:
    left = "" if operator.left is None else f"{sql(operator.left)} "
    name = {"~~": "like", "~~*": "ilike", "!~~": "not like"}.get(operator.name, operator.name)
    return f"({left}{name} {sql(operator.right)})"


def _list(args: m.Values) -> str:
    return ", ".join(map(sql, args))
